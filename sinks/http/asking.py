"""What becomes of a request, for whoever delivers: it was taken, it is refused as it is, or it has to wait.

Nothing that is raised holds the URL, a header, or a word of an answer: each may hold a secret.
"""

import ssl
from collections.abc import Callable
from datetime import datetime

import httpcore

from sinks.http.addresses import ForbiddenAddress
from sinks.http.answers import Verdict, retry_after_s, trouble, verdict
from sinks.http.transport import Answer, UnknownHost
from sinks.protocol import Busy, Trouble


def asked(name: str, permit: str, ask: Callable[[], Answer]) -> Answer:
    """The answer of a service, whatever it is.

    Args:
        name: What people call the service.
        permit: What permits a private address.
        ask: Sends the request.

    Raises:
        Busy: There is no answer.
    """
    try:
        return ask()
    except httpcore.TimeoutException as error:
        raise Busy(Trouble.TIMEOUT, f"{name} took too long ({type(error).__name__})") from None
    except ForbiddenAddress:
        raise Busy(Trouble.FORBIDDEN_ADDRESS, f"{name} is at a private address; {permit} permits that") from None
    except UnknownHost:
        raise Busy(Trouble.UNREACHABLE, f"{name} cannot be reached: its host name is not known") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        if distrust := _distrust(error):
            why = f"{name} shows a certificate that is not accepted ({distrust})"
            raise Busy(Trouble.REFUSED, why) from None
        raise Busy(Trouble.UNREACHABLE, f"{name} cannot be reached ({type(error).__name__})") from None


def settled(
    answer: Answer, name: str, now: datetime, mend: Callable[[int], str], refused: Callable[[str], Exception]
) -> None:
    """Return where the answer says that the message was taken.

    Args:
        answer: What was answered.
        name: What people call the service.
        now: When it came, to which `Retry-After` counts.
        mend: What to mend after a status.
        refused: What is raised after 400, 413, 422: the message is refused as it is.

    Raises:
        Busy: 408, 425, 429 and 5xx pass by themselves, not before `Retry-After`; of the rest, like 401, 403 and 404,
            somebody has to mend what is wrong.
    """
    detail = f"{name} answered {answer.status}"
    match verdict(answer.status):
        case Verdict.DELIVERED:
            return
        case Verdict.REJECTED:
            raise refused(detail)
        case Verdict.MENDABLE:
            raise Busy(Trouble.REFUSED, f"{detail}: {mend(answer.status)}", retry_after_s(answer.retry_after, now))
        case Verdict.LATER:
            raise Busy(trouble(answer.status), detail, retry_after_s(answer.retry_after, now))


def _distrust(error: BaseException | None) -> str:
    """What OpenSSL says against the certificate, where that is behind the error; it names no secret."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""
