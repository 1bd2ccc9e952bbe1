"""What the judge says in English sentences, in the words of teams that read another language.

Its sentences are not translated: what they are made of (the kind of trouble, the rules that found it, what explains it)
stands in the alert beside them, and words are found for that. What somebody has written into a rule file of their own
is said as they wrote it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.alert import Alert, percent_of
from sinks.notify.words import Speaker, clean

MAIN_PERCENT: Final = 50.0
"""Percent that a code explains from which on it is the one to begin with, as the judge has it."""


class StreamTrouble(NamedTuple):
    """A way in which the stream cannot be trusted: in a few words, in a sentence, and what to do."""

    name: str
    sentence: str
    advice: str


NAMES: Final[Mapping[str, str]] = {
    "silent": "silent",
    "source_silent": "a source is silent",
    "lagging": "lagging",
    "clock_skew": "a source is ahead of the clock",
    "duplicated": "everything comes twice",
    "part_duplicated": "some rows come twice",
    "status_silent": "no statuses come",
    "auth_code_silent": "no auth codes come",
    "refused": "records cannot be read",
    "gone": "records were deleted unread",
    "left_out": "judged without a source",
}
"""The kinds of trouble in a few words of English; the judge has its own sentences."""
TROUBLES: Final[Mapping[str, StreamTrouble]] = {
    "silent": StreamTrouble(
        "em silêncio",
        "nenhuma origem envia mais nada: não se sabe se há transações",
        "Verifique primeiro os produtores e o broker: nada se sabe até que um deles volte. Uma origem viva que não "
        "tem o que enviar deve mandar uma pontuação a cada poucos segundos.",
    ),
    "source_silent": StreamTrouble(
        "uma origem em silêncio",
        "uma partição de origem silenciou enquanto as outras continuam: as contagens estão incompletas",
        "Verifique os produtores dessa partição e o líder dela. Enquanto isso, os minutos não são julgados.",
    ),
    "lagging": StreamTrouble(
        "atrasado",
        "o que se lê está minutos atrás do relógio: o que se diz do presente é antigo",
        "Verifique os workers: quantos são, a CPU e o atraso deles. Nada se perdeu; está atrasado.",
    ),
    "clock_skew": StreamTrouble(
        "uma origem adiantada",
        "uma partição de origem envia eventos do futuro: os minutos fecham cedo demais",
        "Acerte o relógio dos produtores que escrevem nessa partição. Enquanto isso, os minutos não são julgados.",
    ),
    "duplicated": StreamTrouble(
        "tudo chega em dobro",
        "todas as contagens são pares e há o dobro: o fluxo chega duas vezes",
        "Procure um produtor que roda duas vezes ou que reenvia. Enquanto isso, os minutos não são julgados.",
    ),
    "part_duplicated": StreamTrouble(
        "parte chega em dobro",
        "contagens saltam para o dobro, e cada uma que salta é par: algumas linhas chegam duas vezes",
        "Procure um produtor que reenvia algumas linhas, após um time-out por exemplo. Os minutos são julgados como "
        "estão.",
    ),
    "status_silent": StreamTrouble(
        "sem status",
        "não chega mais nenhum status, mas códigos de autorização chegam: não se sabe o que acontece por status",
        "Procure o produtor das linhas por status: as por código de autorização chegam. Enquanto isso, os minutos não "
        "são julgados.",
    ),
    "auth_code_silent": StreamTrouble(
        "sem códigos de autorização",
        "não chega mais nenhum código de autorização, mas status chegam: não se sabe o que acontece por código",
        "Procure o produtor das linhas por código de autorização: as por status chegam, e são julgadas.",
    ),
    "refused": StreamTrouble(
        "há registros ilegíveis",
        "muito do que uma partição de origem traz não pode ser lido, e não é contado",
        "Procure uma versão nova dos produtores que escreva outra coisa, e veja o exemplo. `floodmark dlq list` mostra "
        "todos os registros, `floodmark dlq replay` os reenvia quando puderem ser lidos. Enquanto isso, os minutos não "
        "são julgados.",
    ),
    "gone": StreamTrouble(
        "registros apagados sem leitura",
        "registros foram apagados antes de serem lidos, e não são contados",
        "Guarde os registros por mais tempo (retention.ms e retention.bytes do tópico) ou rode mais workers: veja "
        "quanto atraso têm. O que falta não volta, a não ser que os produtores reenviem. Minutos em que faltam "
        "registros não são julgados.",
    ),
    "left_out": StreamTrouble(
        "julgado sem uma origem",
        "uma partição de origem está parada, ou muito atrás, e há registros demais à espera dela: os minutos são "
        "julgados sem ela, e estão incompletos",
        "Verifique o worker que lê essa partição, o líder dela, e se há ali um produtor de relógio parado. Os minutos "
        "não são julgados até que ela alcance as outras; o que ela traz de minutos já fechados vai para o tópico de "
        "registros atrasados. FLOODMARK_WAITING diz quanto pode esperar.",
    ),
}
"""The same in Portuguese, with what the judge says and advises."""
_LIKE_BEFORE: Final = (
    "Compare with the minutes before. If the rise stays, look at the issuer and acquirer of the key.",
    "Compare com os minutos anteriores. Se a alta continuar, verifique o emissor e o adquirente da chave.",
)
_CHANGED: Final = (
    "Ask what has changed since it began: a release, a rule, a partner.",
    "Pergunte o que mudou desde que começou: uma versão nova, uma regra, um parceiro.",
)
_FAILURES: Final = (
    "Failures are ours or the acquirer's: check the last release and the acquirer's connection first.",
    "Falhas são nossas ou do adquirente: verifique primeiro a última versão e a conexão com o adquirente.",
)
SHIPPED: Final[Mapping[str, tuple[str, str]]] = {
    "share_rise": _CHANGED,
    "code_rise": _CHANGED,
    "refund_rise": (
        "Many more refunds than usual: ask who books them, and what was sold twice or not delivered.",
        "Muito mais estornos que o normal: pergunte quem os lança, e o que foi vendido em dobro ou não entregue.",
    ),
    "silence": (
        "A status has stopped coming while the others go on: ask the source of that status first.",
        "Um status parou de chegar enquanto os outros continuam: pergunte primeiro à origem desse status.",
    ),
    "code_silence": (
        "A code has stopped coming while the others go on: ask the source of the codes first.",
        "Um código parou de chegar enquanto os outros continuam: pergunte primeiro à origem dos códigos.",
    ),
    "volume_drop": (
        "Transactions are missing: check the way in (gateway, network, acquirer) before the status of those that come.",
        "Faltam transações: verifique a entrada (gateway, rede, adquirente) antes do status das que chegam.",
    ),
    "hybrid": (
        "The terms say who found it: a high model term means that the minutes are unlike those it was trained on, a "
        "high z-term that the count is unlike the last half hour. Start with the series named.",
        "Os termos dizem quem o encontrou: um termo alto do modelo quer dizer que os minutos diferem daqueles em que "
        "foi treinado; um termo z alto, que a contagem difere da última meia hora. Comece pela série indicada.",
    ),
    "z_score": _LIKE_BEFORE,
    "failed_count": _FAILURES,
    "share_failed": _FAILURES,
    "share_denied": (
        "Look at the auth codes: one code points at an issuer or at fraud rules, all codes at an attack or a release.",
        "Veja os códigos de autorização: um só código indica um emissor ou regras antifraude; todos, um ataque ou uma "
        "versão nova.",
    ),
    "share_reversed": (
        "Ask the merchants with most reversals; look for a repeated or timed-out confirmation.",
        "Pergunte aos lojistas com mais reversões; procure uma confirmação repetida ou com tempo esgotado.",
    ),
    "share_backend_reversed": (
        "The backend takes transactions back: check its time-outs and the acquirer's answers.",
        "O backend desfaz transações: verifique os time-outs dele e as respostas do adquirente.",
    ),
    "unlike_other_days": (
        "The status comes more often than at this time on other days: look at auth codes and at what was released "
        "since.",
        "O status chega mais do que neste horário em outros dias: veja os códigos de autorização e o que foi "
        "publicado desde então.",
    ),
    "far_from_yesterday": (
        "The status comes many times as often as yesterday at this time: look at auth codes and at the last release.",
        "O status chega muitas vezes mais do que ontem neste horário: veja os códigos de autorização e a última "
        "versão.",
    ),
    "fewer_than_other_days": (
        "Fewer transactions than at this time on other days: check the way in (gateway, network, acquirer) first.",
        "Menos transações do que neste horário em outros dias: verifique primeiro a entrada (gateway, rede, "
        "adquirente).",
    ),
    "far_below_yesterday": (
        "Far fewer transactions than yesterday at this time: check the way in (gateway, network, acquirer) first.",
        "Muito menos transações do que ontem neste horário: verifique primeiro a entrada (gateway, rede, adquirente).",
    ),
}
"""What the rules that come with Floodmark advise, by the rule's name: in English, by which it is known, and Portuguese.
"""
_CODES: Final[Mapping[str, str]] = {
    "51": "indica saldo ou limites de um emissor",
    "59": "indica regras antifraude ou um ataque",
    "91": "o emissor, ou o caminho até ele, não responde",
}
"""What a code of ISO 8583 points at."""
_UNKNOWN_CODE: Final = "pergunte aos emissores, e a quem define as nossas regras, o que significa"
_NO_MAIN_CODE: Final = (
    "Nenhum código explica a maior parte ({codes}): procure um ataque ou uma versão nova, não um só emissor."
)
_OURS: Final = frozenset({"failed", "reversed", "backend_reversed"})
_OUR_FAILURES: Final = (
    "Falhas e reversões são nossas ou do adquirente: verifique primeiro a conexão dele e a última versão."
)


def trouble_name(kind: str, speaker: Speaker) -> str:
    """A kind of trouble of the stream in a few words; of one that nobody knows, its key."""
    known = NAMES.get(kind) if speaker.is_judges else TROUBLES[kind].name if kind in TROUBLES else None
    return known or clean(kind)


def trouble_sentence(kind: str) -> str | None:
    """What is wrong with the stream, in a sentence of another language than the judge's; None: nobody knows it."""
    known = TROUBLES.get(kind)
    return known.sentence if known else None


def advice(alert: Alert, speaker: Speaker) -> str:
    """What to do first, in the reader's language as far as there are words; empty where nothing is advised."""
    as_written = clean(alert.recommendation)
    if speaker.is_judges or not as_written:
        return as_written
    if alert.dimension == "stream":
        known = TROUBLES.get(alert.key)
        return known.advice if known else as_written
    if not alert.rules or not all(rule in SHIPPED for rule in alert.rules):
        return as_written
    # What is advised is what was found, if anything was, and then what each rule recommends, each thing once.
    advised = dict.fromkeys(SHIPPED[rule] for rule in alert.rules)
    general = " ".join(english for english, _ in advised)
    if alert.recommendation != general and not alert.recommendation.endswith(f" {general}"):
        return as_written  # A file of somebody's own calls a rule as one of ours is called.
    found = _found(alert) if alert.recommendation != general else ""
    return " ".join([found, *(words for _, words in advised)] if found else [words for _, words in advised])


def _found(alert: Alert) -> str:
    """What was found in it, which says where to begin."""
    codes = [part for part in alert.attribution if part.get("dimension") == "auth_code" and "key" in part]
    if alert.dimension == "auth_code":
        return _of_code(alert.key, "É o")
    percent = percent_of(codes[0]) if codes else None
    if percent is not None and percent >= MAIN_PERCENT:
        return _of_code(str(codes[0]["key"]), f"{percent:.0f} % têm o")
    if len(codes) > 1:
        return _NO_MAIN_CODE.format(codes=_named(codes))
    return _OUR_FAILURES if alert.dimension == "status" and alert.key in _OURS else ""


def _of_code(code: str, words: str) -> str:
    return f"{words} código de autorização {clean(code)}: {_CODES.get(code, _UNKNOWN_CODE)}."


def _named(codes: Sequence[Mapping[str, Any]]) -> str:
    shares = [(clean(str(code["key"])), percent_of(code)) for code in codes[:3]]
    return ", ".join(key if percent is None else f"{key} {percent:.0f} %" for key, percent in shares)
