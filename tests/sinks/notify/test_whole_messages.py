"""Whole messages as people read them, of what the judge really says: nothing twice, nothing in another language."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from processors.domain.incidents.attribution import Cause
from processors.domain.incidents.stream_trust import blinded
from processors.domain.judging.timeline_state import Acknowledged, StatedIncident, Statement
from processors.rules import load
from processors.stages.records import alert_of
from schemas.alert import Alert
from schemas.language import Language
from sinks.notify.channels.apprise.payload import letter
from sinks.notify.message import content
from sinks.notify.notification import Due, Kind, Notification, NotificationMember, slim
from sinks.notify.routing.model import Team
from tests.processors.stages.test_alert_words import BASE, M0

AT = datetime.fromtimestamp(M0 * 60, UTC)
"""06:00 UTC of a day."""
NOW_MS = int((AT + timedelta(minutes=25)).timestamp() * 1000)
CODES = (Cause("auth_code", "51", 900, 100.0, 80.4), Cause("auth_code", "59", 90, 40.0, 12.0))
TEAMS: dict[Language, Team] = {
    "en": Team(name="payments"),
    "pt": Team(name="payments", language="pt", time_zone="America/Sao_Paulo"),
}


def stated(state: Any = "firing", **changes: Any) -> Alert:
    taken = changes.pop("taken", None)
    known: dict[str, Any] = {"rules": ("share_rise",), "lost": 1234.0, "causes": CODES} | changes
    incident = structs.replace(BASE, **known)
    alert = alert_of(Statement(StatedIncident(1, state, incident, taken), incident.judged), load(), 1)
    return slim(alert.model_copy(update={"damage": {"share": 0.31}}))


def read(kind: Kind, language: Language, *alerts: Alert) -> str:
    members = {alert.incident_id: NotificationMember(alert, 0, told_rank=2) for alert in alerts}
    notification = Notification("0123456789abcdef", "r", "payments", (), 0, members)
    said = content(
        notification, Due("mail", "payments", kind, NOW_MS, 3), TEAMS[language], NOW_MS, "https://fm.example/"
    )
    title, body = letter(said, 8_000, 250, is_mail=True)
    return f"{title}\n\n{body}"


ANA = Acknowledged("ana", NOW_MS, "critical", "calling the acquirer", NOW_MS + 3_600_000, "")
DAY = f"{AT:%Y-%m-%d}"
FIRING = stated()
TAKEN = stated("acknowledged", taken=ANA)
OVER = stated("resolved", resolved=True)
BLIND = slim(alert_of(Statement(StatedIncident(1, "firing", blinded("all", "source_silent", M0, 3)), M0), load(), 1))
TEXTS: list[tuple[Kind, Language, Alert, str]] = [
    (
        "open",
        "en",
        FIRING,
        f"""Critical: denied of shop

denied of shop: 60 of 200 transactions in 5 minutes, where 12 were to be expected; auth code 51 explains 80 % of it
Since: {DAY} 06:00 UTC
Lost: 1,234 transactions
Cause: auth code 51 (80 %)
To do: 80 % of it has auth code 51: it points at funds or at an issuer's limits. Ask what has changed since it began: \
a release, a rule, a partner.
Look at it: https://fm.example/incidents/a
Runbook: floodmark runbook share-rise""",
    ),
    (
        "open",
        "pt",
        FIRING,
        f"""Crítico: denied de shop

denied de shop: 60 no último minuto afetado, onde se esperavam 12; perde-se agora 31 %
Desde: {DAY} 03:00 -03
Perda: 1.234 transações
Causa: código de autorização 51 (80 %)
O que fazer: 80 % têm o código de autorização 51: indica saldo ou limites de um emissor. Pergunte o que mudou desde \
que começou: uma versão nova, uma regra, um parceiro.
Ver: https://fm.example/incidents/a
Procedimento: floodmark runbook share-rise""",
    ),
    (
        "acknowledged",
        "en",
        TAKEN,
        f"""ana is on it: denied of shop

denied of shop: 60 in the last minute that was hit, where 12 were to be expected; 31 % is lost now
Since: {DAY} 06:00 UTC
Lost: 1,234 transactions
Cause: auth code 51 (80 %)
To do: 80 % of it has auth code 51: it points at funds or at an issuer's limits. Ask what has changed since it began: \
a release, a rule, a partner.
Look at it: https://fm.example/incidents/a
Runbook: floodmark runbook share-rise

ana is on it until {DAY} 07:25 UTC: calling the acquirer""",
    ),
    (
        "resolved",
        "en",
        OVER,
        f"""Over after 23 min: denied of shop

denied of shop: over after 23 minutes; 84 in a minute at its peak; 1,234 transactions lost; auth code 51 explains \
80 % of it
Since: {DAY} 06:00 UTC
Lost: 1,234 transactions
Cause: auth code 51 (80 %)
Look at it: https://fm.example/incidents/a
Runbook: floodmark runbook share-rise""",
    ),
    (
        "resolved",
        "pt",
        OVER,
        f"""Encerrado após 23 min: denied de shop

denied de shop: encerrado após 23 min; 60 no último minuto afetado, onde se esperavam 12
Desde: {DAY} 03:00 -03
Perda: 1.234 transações
Causa: código de autorização 51 (80 %)
Ver: https://fm.example/incidents/a
Procedimento: floodmark runbook share-rise""",
    ),
    (
        "open",
        "pt",
        BLIND,
        f"""Crítico: o fluxo (uma origem em silêncio)

o fluxo (uma origem em silêncio): uma partição de origem silenciou enquanto as outras continuam: as contagens estão \
incompletas
Desde: {DAY} 03:00 -03
Detalhe (em inglês): source partition 3 has fallen silent while others go on: counts are not whole
O que fazer: Verifique os produtores dessa partição e o líder dela. Enquanto isso, os minutos não são julgados.
Ver: https://fm.example/incidents/{BLIND.incident_id}
Procedimento: floodmark runbook stream""",
    ),
]


@pytest.mark.parametrize(("kind", "language", "alert", "expected"), TEXTS)
def test_a_message_reads_so(kind: Kind, language: Language, alert: Alert, expected: str) -> None:
    assert read(kind, language, alert) == expected


def test_a_digest_names_what_goes_on_and_what_is_over() -> None:
    over = OVER.model_copy(update={"incident_id": "b", "scope": "kiosk"})
    title, _, first, *_ = read("digest", "pt", FIRING, over).split("\n")
    assert title == "Resumo: 2 incidentes de 2 escopos; ainda abertos: 1"
    assert first.startswith("denied de shop: ")
    assert f"Encerrado desde: {DAY} 03:23 -03" in read("digest", "pt", FIRING, over)
