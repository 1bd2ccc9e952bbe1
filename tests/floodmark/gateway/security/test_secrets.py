"""No secret is in a log at debug level, in an error, in an address or in /healthz."""

import logging
import secrets

from floodmark.gateway.ingest.intake import Intake
from floodmark.gateway.security.principals import ApiRight
from tests.floodmark.gateway.ingest.build import GOOD, Kept
from tests.floodmark.gateway.logged import logged
from tests.floodmark.gateway.security.build import asking, bearer, guarded, key_of, post
from tests.floodmark.gateway.security.issuer import AUDIENCE, issuing


class Breaks(Intake):
    """An intake with a fault, with what was sent in its hands."""

    def __init__(self) -> None:
        super().__init__(Kept())

    async def take(self, post: object) -> object:  # type: ignore[override]
        """Fail."""
        what_was_sent = post
        raise RuntimeError(f"a fault in {type(what_was_sent).__name__}")


def test_no_secret_is_ever_written_down() -> None:
    with logged() as log, issuing() as issuer:
        redis = secrets.token_hex(8)
        made = guarded(gateway_oidc_issuer=issuer.url, gateway_oidc_audience=AUDIENCE)
        good, reader = key_of(made, ApiRight.INGEST), key_of(made, ApiRight.READ)
        wrong = f"fm_{'a' * 12}_{secrets.token_urlsafe(32)}"
        unknown, typed = secrets.token_hex(16), secrets.token_hex(16)
        token = issuer.token(0)
        idempotency = secrets.token_hex(16)
        requests = [
            *(post(x_api_key=key) for key in (good, reader, wrong, unknown)),
            *(post(authorization=bearer(key)) for key in (good, wrong, token, issuer.token(10**10))),
            post(authorization=f"Basic {typed}"),
            post(x_api_key=good, idempotency_key=idempotency),
            {"method": "GET", "url": "/healthz", "headers": {"x-api-key": good}},
            {"method": "GET", "url": f"/v1/nothing?api_key={typed}", "headers": {"x-api-key": reader}},
            {"method": "POST", "url": "/v1/transactions", "json": GOOD | {"status": 5, "x": typed}},
        ]
        answers = asking(made, *requests)
        made.intake = Breaks()
        answers += asking(made, post(x_api_key=good), post(authorization=bearer(good)))
        try:
            guarded(gateway_redis_url=f"redis://:{redis}@localhost:1")
        except Exception as error:
            logging.getLogger("floodmark").debug("%s %r", error, error)
        logging.getLogger("floodmark").debug("%r", made.settings)
        written = log.getvalue()
    assert [answer.status_code for answer in answers[-2:]] == [500, 500]
    assert "request_failed" in written
    assert "key_refused" in written
    parts = [key.split("_", 2)[2] for key in (good, reader, wrong)]
    for secret in (*parts, unknown, typed, token.rpartition(".")[2], idempotency, redis):
        assert secret not in written
        for answer in answers:
            assert secret not in answer.text
            assert secret not in str(answer.headers)
