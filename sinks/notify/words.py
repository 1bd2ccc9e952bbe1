"""What messages are made of, in the languages that teams read."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from schemas.bounds import MAX_WHOLE
from schemas.language import Language
from schemas.severity import Severity
from schemas.shown import shown
from sinks.notify.notification import Kind

_EN: Final = {
    "open": "{severity}: {what}",
    "rise": "Now {level}: {what}",
    "more": "{severity}, and there is more: {what}",
    "repeat": "Still {level}, nobody is on it: {what}",
    "escalation": "{severity}, nobody has answered for {age}: {what}",
    "acknowledged": "{who} is on it: {what}",
    "handed_back": "{severity}, nobody is on it any more: {what}",
    "resolved": "Over after {age}: {what}",
    "passed": "Came and went within {age}: {what}",
    "corrected": "Not so after all: {what}",
    "budget": "{team} was called {pages} times this week, its budget is {budget}",
    "spends": "`floodmark notify budget` says which rules and scopes call, and what would have to go.",
    "drill": "DRILL, nothing is wrong. {title}",
    "tries": "Somebody tries whether people are reached. Nothing is wrong, and nothing of this is counted.",
    "flapping": "{severity}, comes and goes: {what}",
    "settled": "Over, it came and went for {age}: {what}",
    "digest": "Digest: {what}; still open: {open}",
    "unsilenced": "A silence has ended; incidents that it hid: {count}, still open: {open}",
    "silenced": "Silences that are on: {count}",
    "report": "Report for {at}: {what}",
    "shift": "the last eight hours",
    "day": "the last whole day",
    "week": "the last whole week",
    "late": "{title} (sent late)",
    "info": "Information",
    "warning": "Warning",
    "critical": "Critical",
    "one": "{key} of {scope}",
    "incidents": "{count} incidents",
    "incidents_one": "{count} incident",
    "scopes": "{count} scopes",
    "seen": "{observed} in the last minute that was hit, where {expected} were to be expected",
    "seen_alone": "{observed} in the last minute that was hit",
    "losing": "{seen}; {percent} % is lost now",
    "over": "over after {age}",
    "withdrawn": "taken back; late data have shown that nothing was wrong",
    "since": "Since",
    "lost": "Lost",
    "transactions": "{count} transactions",
    "transactions_one": "{count} transaction",
    "net": "{lost} ({net} after what came back)",
    "cause": "Cause",
    "do": "To do",
    "detail": "Detail",
    "runbook": "Runbook",
    "note": "Note",
    "page": "Look at it",
    "incident": "Incident",
    "taken": "{who} is on it",
    "taken_until": "{who} is on it until {until}",
    "until": "Until {until}",
    "acknowledge": "I am on it",
    "take_over": "I take over",
    "false_positive": "Not useful",
    "further": "and {count} more",
    "stream": "the stream",
    "code": "auth code {code}",
    "volume": "transaction volume",
    "ended": "Over since",
    "begun": "Has begun",
    "times": "{count} times in a short while",
    "hid": "It hid {what}, from {begins} to {ends}, by {author}: {reason}",
    "hides": "{what}, until {ends}, by {author}: {reason}",
    "or": " or ",
    "match_scope": "scope",
    "match_dimension": "dimension",
    "match_key": "key",
    "match_rule": "rule",
    "match_severity": "severity",
    "match_loss": "loss",
    "match_amount": "amount",
    "match_hours": "hours",
    "match_day": "day",
    "hidden": "incidents hidden: {count}, still open: {open}, lost: {lost}",
    "still_told": "What is still open is told from now on.",
    "ended_time": "It ended because its time was over.",
    "ended_cleared": "It ended because all that it hid was over.",
    "ended_idle": "It ended because it had matched nothing for long.",
    "ended_tripwire": "It broke: something got worse than it accepted ({by}).",
    "ended_expired": "It was ended by {by}.",
}
_PT: Final = {
    "open": "{severity}: {what}",
    "rise": "Agora {level}: {what}",
    "more": "{severity}, e há mais: {what}",
    "repeat": "Ainda {level}, ninguém assumiu: {what}",
    "escalation": "{severity}, sem resposta há {age}: {what}",
    "acknowledged": "{who} assumiu: {what}",
    "handed_back": "{severity}, ninguém mais cuida disso: {what}",
    "resolved": "Encerrado após {age}: {what}",
    "passed": "Começou e acabou em {age}: {what}",
    "corrected": "Engano, não procede: {what}",
    "budget": "{team} foi chamado {pages} vezes esta semana, o limite é {budget}",
    "spends": "`floodmark notify budget` mostra quais regras e escopos chamam, e o que teria de sair.",
    "drill": "SIMULADO, nada está errado. {title}",
    "tries": "Alguém testa se as pessoas são alcançadas. Nada está errado, e nada disto é contado.",
    "flapping": "{severity}, vai e volta: {what}",
    "settled": "Encerrado, foi e voltou por {age}: {what}",
    "digest": "Resumo: {what}; ainda abertos: {open}",
    "unsilenced": "Um silêncio terminou; incidentes que ocultou: {count}, ainda abertos: {open}",
    "silenced": "Silêncios ativos: {count}",
    "report": "Relatório de {at}: {what}",
    "shift": "as últimas oito horas",
    "day": "o último dia completo",
    "week": "a última semana completa",
    "late": "{title} (enviado com atraso)",
    "info": "Informação",
    "warning": "Atenção",
    "critical": "Crítico",
    "one": "{key} de {scope}",
    "incidents": "{count} incidentes",
    "incidents_one": "{count} incidente",
    "scopes": "{count} escopos",
    "seen": "{observed} no último minuto afetado, onde se esperavam {expected}",
    "seen_alone": "{observed} no último minuto afetado",
    "losing": "{seen}; perde-se agora {percent} %",
    "over": "encerrado após {age}",
    "withdrawn": "retirado; dados atrasados mostraram que nada estava errado",
    "since": "Desde",
    "lost": "Perda",
    "transactions": "{count} transações",
    "transactions_one": "{count} transação",
    "net": "{lost} ({net} após o que voltou)",
    "cause": "Causa",
    "do": "O que fazer",
    "detail": "Detalhe (em inglês)",
    "runbook": "Procedimento",
    "note": "Nota",
    "page": "Ver",
    "incident": "Incidente",
    "taken": "{who} assumiu",
    "taken_until": "{who} assumiu até {until}",
    "until": "Até {until}",
    "acknowledge": "Eu assumo",
    "take_over": "Eu assumo no lugar",
    "false_positive": "Não foi útil",
    "further": "e mais {count}",
    "stream": "o fluxo",
    "code": "código de autorização {code}",
    "volume": "volume de transações",
    "ended": "Encerrado desde",
    "begun": "Começou",
    "times": "{count} vezes em pouco tempo",
    "hid": "Ocultou {what}, de {begins} a {ends}, por {author}: {reason}",
    "hides": "{what}, até {ends}, por {author}: {reason}",
    "or": " ou ",
    "match_scope": "escopo",
    "match_dimension": "dimensão",
    "match_key": "chave",
    "match_rule": "regra",
    "match_severity": "severidade",
    "match_loss": "perda",
    "match_amount": "valor",
    "match_hours": "horário",
    "match_day": "dia",
    "hidden": "incidentes ocultos: {count}, ainda abertos: {open}, perda: {lost}",
    "still_told": "O que ainda está aberto é avisado a partir de agora.",
    "ended_time": "Terminou porque o prazo acabou.",
    "ended_cleared": "Terminou porque tudo o que ocultava foi encerrado.",
    "ended_idle": "Terminou porque nada lhe correspondia havia muito tempo.",
    "ended_tripwire": "Rompeu-se: algo ficou pior do que ele aceitava ({by}).",
    "ended_expired": "Foi encerrado por {by}.",
}
WORDS: Final[Mapping[Language, Mapping[str, str]]] = {"en": _EN, "pt": _PT}


class Speaker:
    """Says things in one language.

    Args:
        language: Which.
    """

    def __init__(self, language: Language) -> None:
        self._words = WORDS[language]
        self.is_judges = language == "en"
        """Whether it is the language in which the judge sums incidents up."""
        self._separators = "," if language == "en" else "."

    def say(self, word: Kind | Severity | str, **parts: object) -> str:
        """The word or sentence, with its parts filled in."""
        return self._words[word].format_map(parts)

    def counted(self, word: str, count: float) -> str:
        """This many of something that the word names."""
        said = self.number(count)
        return self.say(f"{word}_one" if said == "1" else word, count=said)

    def further(self, count: int, page: str) -> str:
        """How many more incidents there are than are named, and where they are; empty: there is no link."""
        said = self.say("further", count=self.number(count))
        return f"{said}: {page}" if page else said

    def number(self, value: float) -> str:
        """A whole number as the language writes it; `?` for one that others have written and that counts nothing."""
        if not abs(value) <= MAX_WHOLE:
            return "?"
        return f"{value:,.0f}".replace(",", self._separators)


def age(span: timedelta) -> str:
    """A length of time in its two largest units, like `1 h 5 min`; `0 min` below a minute, and before it began."""
    minutes = max(0, int(span.total_seconds())) // 60
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min"


def clean(word: str) -> str:
    """The text without what cannot be seen or would turn its direction; lines stay apart by spaces."""
    return " ".join(shown(word, keep="", mark=" ").split())
