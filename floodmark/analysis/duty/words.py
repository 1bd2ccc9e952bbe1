"""What a report says, in the languages that teams read."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from floodmark.analysis.duty.stretch import Stretch
from floodmark.analysis.period.period import Period
from runtime.numbers import percent
from schemas.durations import seconds_long
from schemas.language import Language
from schemas.severity import RANK

_EN: Final = {
    "open_at_end": "Open at its end",
    "acknowledged": "Acknowledged",
    "cost": "What it cost",
    "pace": "How fast",
    "rules": "Noisiest rules",
    "near": "Near misses",
    "silences": "Silences that end soon",
    "messages": "Messages to people",
    "short": "In short",
    "duty": "{opened} opened, {open} open at its end; {lost}",
    "net_lost": "{count} transactions lost, net",
    "incidents": "{count} incidents",
    "incidents_one": "{count} incident",
    "none_open": "No incident is open.",
    "more": "And {count} more.",
    "nobody": "nobody",
    "until": "{who} until {until}",
    "none_acknowledged": "No incident was acknowledged.",
    "none_opened": "No incident was opened.",
    "gross": "{opened} opened; they lost {gross} transactions gross.",
    "net": "{back} of these came back later, so that {net} are lost net.",
    "money": "In amounts: {gross} gross, {net} net, in minor units.",
    "nothing_to_measure": "No incident was opened, so there is nothing to measure.",
    "mttd": "From the first minute to the first word (MTTD)",
    "mtta": "To an acknowledgement (MTTA)",
    "no_mtta": "No incident was acknowledged, so there is no MTTA.",
    "mttr": "Until it was over (MTTR)",
    "no_mttr": "No incident is over, so there is no MTTR.",
    "mean": "{what}: {time}, in the mean of {incidents}.",
    "no_mtbf": "One incident alone says nothing of how far they are apart (MTBF).",
    "mtbf": "From the begin of one to that of the next (MTBF): {time}, in the mean.",
    "no_rule": "No rule opened an incident.",
    "no_near": "Whatever a rule found became an incident, or came while one was open in its scope.",
    "near_said": "A rule found something while no incident was open in the scope. The worst minute of each.",
    "near_most": "The {count} with the highest scores.",
    "not_asked": "Not asked for: they are on the broker, and none is named (--broker).",
    "none": "None.",
    "none_stored": "None is stored.",
    "all_scopes": "Of all scopes.",
    "head_since": "since",
    "head_severity": "severity",
    "head_series": "series",
    "head_taken_by": "taken by",
    "head_lost": "lost, net",
    "head_by": "by",
    "head_incidents": "incidents",
    "head_rule": "rule",
    "head_statements": "statements",
    "head_minute": "minute",
    "head_count": "count",
    "head_expected": "expected",
    "head_score": "score",
    "head_minutes": "minutes",
    "head_found_by": "found by",
    "head_ends": "ends",
    "head_hides": "hides",
    "head_why": "why",
    "head_channel": "channel",
    "head_messages": "messages",
    "head_taken": "taken",
    "head_refused": "refused",
    "head_overdue": "overdue",
    "critical": "critical",
    "warning": "warning",
    "info": "info",
    "scopes": "all scopes",
    "to": "to",
    "period": "{rate} approved, objective of {objective} {goal}; {broke}",
    "met": "met",
    "missed": "missed",
    "volume": "{total} transactions in {minutes} judged minutes, {pace} a minute.",
    "period_of_nothing": "no transactions; {broke}",
    "more_than": "That is {change} more than in {before}.",
    "fewer_than": "That is {change} fewer than in {before}.",
    "before_is": "That one has {minutes} judged minutes, with {pace} transactions in each.",
    "nothing_before": "Nothing is stored of {before} to compare with.",
    "objective_days": "The objective was met on {met} of {days} days.",
    "incidents_cost": "Incidents cost {lost} transactions, net of what came back.",
    "codes": "Auth codes above what was expected: {named}.",
    "code": "{code} ({over} too many)",
    "revised": "Late data changed {count} minutes after they were judged.",
    "found_after": "found after {time}",
    "acknowledged_after": "acknowledged after {time}",
    "over_after": "over after {time}",
    "response": "{severity}, {count} of all scopes: in the mean {known}.",
    "nothing": "Nothing to report: {why}.",
}
_PT: Final = {
    "open_at_end": "Abertos no fim",
    "acknowledged": "Assumidos",
    "cost": "Quanto custou",
    "pace": "Rapidez",
    "rules": "Regras que mais avisam",
    "near": "Quase incidentes",
    "silences": "Silêncios que terminam em breve",
    "messages": "Mensagens às pessoas",
    "short": "Em resumo",
    "duty": "{opened} no período, {open} em aberto no fim; {lost}",
    "net_lost": "{count} transações perdidas, líquido",
    "incidents": "{count} incidentes",
    "incidents_one": "{count} incidente",
    "none_open": "Nenhum incidente está aberto.",
    "more": "E mais {count}.",
    "nobody": "ninguém",
    "until": "{who} até {until}",
    "none_acknowledged": "Nenhum incidente foi assumido.",
    "none_opened": "Nenhum incidente foi aberto.",
    "gross": "{opened} no período; perda bruta de {gross} transações.",
    "net": "{back} delas voltaram depois; a perda líquida é de {net}.",
    "money": "Em valores: {gross} bruto, {net} líquido, em centavos ou na menor unidade da moeda.",
    "nothing_to_measure": "Nenhum incidente foi aberto; não há o que medir.",
    "mttd": "Do primeiro minuto ao primeiro aviso (MTTD)",
    "mtta": "Até que alguém assumisse (MTTA)",
    "no_mtta": "Nenhum incidente foi assumido; não há MTTA.",
    "mttr": "Até o fim (MTTR)",
    "no_mttr": "Nenhum incidente terminou; não há MTTR.",
    "mean": "{what}: {time}, na média de {incidents}.",
    "no_mtbf": "Um incidente só nada diz da distância entre eles (MTBF).",
    "mtbf": "Do começo de um ao começo do seguinte (MTBF): {time}, em média.",
    "no_rule": "Nenhuma regra abriu um incidente.",
    "no_near": "Tudo o que uma regra encontrou virou incidente, ou veio enquanto havia um aberto no mesmo escopo.",
    "near_said": "Uma regra encontrou algo sem incidente aberto no escopo. O pior minuto de cada caso.",
    "near_most": "Os {count} de maior pontuação.",
    "not_asked": "Não consultados: ficam no broker, e nenhum foi indicado (--broker).",
    "none": "Nenhum.",
    "none_stored": "Nenhuma está armazenada.",
    "all_scopes": "De todos os escopos.",
    "head_since": "desde",
    "head_severity": "severidade",
    "head_series": "série",
    "head_taken_by": "assumido por",
    "head_lost": "perda líq.",
    "head_by": "por",
    "head_incidents": "incidentes",
    "head_rule": "regra",
    "head_statements": "avisos",
    "head_minute": "minuto",
    "head_count": "contagem",
    "head_expected": "esperado",
    "head_score": "pontos",
    "head_minutes": "minutos",
    "head_found_by": "encontrado por",
    "head_ends": "termina",
    "head_hides": "oculta",
    "head_why": "motivo",
    "head_channel": "canal",
    "head_messages": "mensagens",
    "head_taken": "aceitas",
    "head_refused": "recusadas",
    "head_overdue": "atrasadas",
    "critical": "crítico",
    "warning": "atenção",
    "info": "informação",
    "scopes": "todos os escopos",
    "to": "a",
    "period": "{rate} aprovadas, meta de {objective} {goal}; {broke}",
    "met": "atingida",
    "missed": "não atingida",
    "volume": "{total} transações em {minutes} minutos julgados, {pace} por minuto.",
    "period_of_nothing": "nenhuma transação; {broke}",
    "more_than": "São {change} a mais que no período anterior ({before}).",
    "fewer_than": "São {change} a menos que no período anterior ({before}).",
    "before_is": "Esse período tem {minutes} minutos julgados, com {pace} transações em cada um.",
    "nothing_before": "Nada está armazenado do período anterior ({before}) para comparar.",
    "objective_days": "A meta foi atingida em {met} de {days} dias.",
    "incidents_cost": "Incidentes custaram {lost} transações, já descontado o que voltou.",
    "codes": "Códigos de autorização acima do esperado: {named}.",
    "code": "{code} ({over} a mais)",
    "revised": "Dados atrasados mudaram {count} minutos depois de julgados.",
    "found_after": "encontrado após {time}",
    "acknowledged_after": "assumido após {time}",
    "over_after": "encerrado após {time}",
    "response": "{severity}, {count} em todos os escopos: em média {known}.",
    "nothing": "Nada a relatar: não há minutos armazenados desse período.",
}
WORDS: Final[Mapping[Language, Mapping[str, str]]] = {"en": _EN, "pt": _PT}
_DAYS: Final = (
    "segunda-feira",
    "terça-feira",
    "quarta-feira",
    "quinta-feira",
    "sexta-feira",
    "sábado",
    "domingo",
)
_TO_PORTUGUESE: Final = str.maketrans(",.", ".,")


class ReportWords:
    """Says what a report says in one language.

    Args:
        language: Which.
    """

    def __init__(self, language: Language) -> None:
        self._words = WORDS[language]
        self._is_english = language == "en"

    def say(self, word: str, **parts: object) -> str:
        """The word or sentence, with its parts filled in."""
        return self._words[word].format_map(parts)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with so many digits after its point, as the language writes it."""
        return self._written(f"{value:,.{digits}f}")

    def percent(self, part: float, digits: int) -> str:
        """A part of one in percent, with so many digits after its point; Portuguese has no blank before the sign."""
        said = percent(part, digits)
        return said if self._is_english else self._written(said.replace(" ", ""))

    def incidents(self, count: int) -> str:
        """This many incidents, in words."""
        return self.say("incidents_one" if count == 1 else "incidents", count=self.number(count))

    def long(self, seconds: float) -> str:
        """A length of time."""
        said = seconds_long(seconds)
        return said if self._is_english else said.replace("minute", "minuto")

    def severity(self, word: str) -> str:
        """A severity; one that nobody knows is said as it stands."""
        return self._words.get(word, word) if word in RANK else word

    def day(self, at: date) -> str:
        """A date without its day of the week."""
        return f"{at:%d %B %Y}" if self._is_english else f"{at:%d/%m/%Y}"

    def weekday(self, at: date) -> str:
        """The name of its day of the week."""
        return f"{at:%A}" if self._is_english else _DAYS[at.weekday()]

    def period(self, period: Period) -> str:
        """A day, a week or a month as people name it."""
        if self._is_english:
            return period.name
        if period.length == "day":
            return f"{self.weekday(period.first)}, {self.day(period.first)}"
        return f"semana de {self.day(period.first)}" if period.length == "week" else f"{period.first:%m/%Y}"

    def stretch(self, stretch: Stretch) -> str:
        """A shift as people name it, on their clock."""
        if self._is_english:
            return stretch.name
        begin, end = (at.astimezone(stretch.zone) for at in (stretch.begin, stretch.end))
        until = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%d/%m %H:%M}"
        return f"{self.weekday(begin)}, {self.day(begin)}, {begin:%H:%M} {self.say('to')} {until}"

    def _written(self, number: str) -> str:
        return number if self._is_english else number.translate(_TO_PORTUGUESE)


ENGLISH: Final = ReportWords("en")
