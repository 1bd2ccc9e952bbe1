"""All that is learned of one scope."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from processors.domain.clock import ClockChanges, SummerClock
from processors.domain.model.history import History
from processors.domain.model.share import LEARN_AFTER, RISEN, SPAN, ShareModel
from processors.domain.model.volume import VolumeModel
from processors.domain.model.wander import EVERY
from processors.domain.series_key import VOLUME_SERIES, SeriesKey
from processors.domain.window import STATUS, TOTAL, VOLUME

_LEVEL: Final = 30
"""Minutes that say what the new level is."""
_NEW: Final = 0.2
"""Part of what has taught the key that is known best, up to which a key is new: half a day in a scope long known."""
_HOUR: Final = 60
_KEPT_HOURS: Final = 24
_FEW: Final = 60
"""Transactions of a dimension in an hour up to which its hours are kept: of more, minutes say enough."""
_LOOKS_BACK: Final = 10
"""Every so many minutes it is asked whether a rise that was accepted is over."""
_COMES: Final = 0.3
"""Part of what was expected in the last hours that a key must have had, for its silence to be one."""
_LEAST: Final = 0.05
"""Least part of a dimension that is taken to be left beside some of its keys: what is held against it stays bounded."""


@dataclass(slots=True)
class ScopeModel:
    """Volume and shares.

    Args:
        volume: Of all transactions (the dimension `status`).
        shares: Dimension to key to its share model.
        totals: Dimension to the totals of the last minutes, oldest first.
        histories: Dimension to key to its last weeks; see `remember`.
        hours: Dimension to hour (since the epoch) to the counts of its keys, of the last day; only of dimensions of
            which so little comes that minutes say nothing, and only hours in which anything came.
    """

    volume: VolumeModel = field(default_factory=VolumeModel)
    shares: dict[str, dict[str, ShareModel]] = field(default_factory=dict)
    totals: dict[str, list[int]] = field(default_factory=dict)
    histories: dict[str, dict[str, History]] = field(default_factory=dict)
    hours: dict[str, dict[int, dict[str, int]]] = field(default_factory=dict)
    _known: dict[str, float] = field(default_factory=dict, init=False, compare=False, repr=False)

    def copy(self) -> "ScopeModel":
        """A model that changes apart from this one."""
        shares = {d: {key: model.copy() for key, model in keys.items()} for d, keys in self.shares.items()}
        histories = {d: {key: history.copy() for key, history in keys.items()} for d, keys in self.histories.items()}
        totals = {d: counts.copy() for d, counts in self.totals.items()}
        hours = {d: dict(by_hour) for d, by_hour in self.hours.items()}
        return ScopeModel(self.volume.copy(), shares, totals, histories, hours)

    def hear(
        self,
        minute: int,
        counts: Mapping[str, Mapping[str, int]],
        barred: Iterable[SeriesKey],
        kind: int = 0,
        clock: SummerClock | None = None,
        changes: ClockChanges | None = None,
    ) -> None:
        """Take in a minute: dimension to key to count. `barred` names the series that must not learn.

        `kind` says whether the minute is special; see domain.model.special_days. Habits follow `clock` until the
        next minute; where there is none, clocks may change as `changes` says.

        A key that is new has been 0 for as long as its dimension is known; one that is absent is 0 now.
        """
        closed = set(barred)
        self._known.clear()
        status = counts.get(STATUS, {})
        if clock is not self.volume.clock:
            self.volume.follow(clock)
        if changes is not self.volume.habits.changes:
            self.volume.habits.expect(changes)
        self.volume.hear(minute, sum(status.values()), barred=VOLUME_SERIES in closed, kind=kind)
        for dimension in sorted({*self.shares, *counts}):
            self._hear(minute - LEARN_AFTER, dimension, counts.get(dimension, {}), closed)

    def _hear(self, learned: int, dimension: str, counts: Mapping[str, int], closed: Collection[SeriesKey]) -> None:
        totals = self.totals.setdefault(dimension, [])
        models = self.shares.setdefault(dimension, {})
        for key in sorted(counts.keys() - models.keys()):
            models[key] = ShareModel([0] * min(len(totals), SPAN - 1))
        totals.append(sum(counts.values()))
        if len(totals) > SPAN:
            del totals[0]
        for key, model in models.items():
            barred = SeriesKey(dimension, key) in closed if closed else False
            model.clock = self.volume.clock
            model.hear(counts.get(key, 0), barred=barred)
        total, minute = self._teaching(dimension), learned + LEARN_AFTER
        for model in models.values():
            if total:
                model.learn(learned, total)
            if model.was < RISEN and learned % _LOOKS_BACK == 0:
                model.goes_back(minute, totals)
        if minute % EVERY == EVERY - 1 and not self.volume.has_unusual_kind(EVERY):
            for model in models.values():
                model.note(minute, totals)
        if minute % _HOUR == _HOUR - 1:
            self._note_hour(minute // _HOUR, dimension)

    def _note_hour(self, hour: int, dimension: str) -> None:
        """Keep the hour that has ended, where it is one of few transactions, and forget those of the day before."""
        whole = sum(self.totals[dimension][-_HOUR:])
        if whole > _FEW:
            self.hours.pop(dimension, None)
        elif whole or dimension in self.hours:
            each = {key: sum(model.counts[-_HOUR:]) for key, model in self.shares[dimension].items()}
            kept = {at: counts for at, counts in self.hours.get(dimension, {}).items() if at > hour - _KEPT_HOURS}
            if whole:
                kept[hour] = {key: count for key, count in each.items() if count}
            self.hours[dimension] = kept

    def over_hours(self, dimension: str, key: str, minute: int) -> Iterator[tuple[int, int, int]]:
        """(hours, count of the key, total): first of the hour of `minute` so far, then with one more hour each time.

        Busy dimensions yield nothing, as their hours are not kept. It ends at the last incident of the key.
        """
        model, into = self.shares[dimension][key], minute % _HOUR + 1
        into = min(into, minute - model.since)
        if dimension not in self.hours or into < 1:
            return
        count, total = sum(model.counts[-into:]), sum(self.totals[dimension][-into:])
        for back in range(_KEPT_HOURS):
            hour = minute // _HOUR - back
            if back:
                if hour * _HOUR <= model.since:
                    return
                counts = self.hours[dimension].get(hour, {})
                count, total = count + counts.get(key, 0), total + sum(counts.values())
            yield back + 1, count, total

    def _teaching(self, dimension: str) -> int:
        """The total of the minute that is old enough to teach; 0: no key learns from it.

        While some keys are in an incident, the other keys of the dimension hold more than usual, or less, even where
        no rule finds it. So they learn nothing from that minute either.
        """
        totals, back = self.totals[dimension], LEARN_AFTER + 1
        barred = sum([model.bars >> LEARN_AFTER & 1 for model in self.shares[dimension].values()])
        return 0 if barred or len(totals) < back else totals[-back]

    def known(self, dimension: str) -> float:
        """Transactions that have taught the key of a dimension that is known best; old ones count less."""
        known = self._known.get(dimension)
        if known is None:
            known = self._known[dimension] = max([model.of for model in self.shares[dimension].values()])
        return known

    def is_newcomer(self, dimension: str, key: str) -> bool:
        """Whether a key came first when others had been known for long: until then it has been 0."""
        return self.shares[dimension][key].of < _NEW * self.known(dimension)

    def is_habit(self, dimension: str, key: str, minute: int, least: float) -> bool:
        """Whether a key that does not come is missed. What began today, or was already gone for hours, is no habit.

        `least` transactions must have been expected in the last hours for these to say anything.
        """
        models = self.shares[dimension]
        own = models[key]
        seen, expected = own.near
        if expected >= least and seen < _COMES * expected:
            return False
        if own.knows_the_hour(minute):
            return True
        return not self.is_newcomer(dimension, key) and not any(m.knows_the_hour(minute) for m in models.values())

    def remember(self, minute: int, compared: Mapping[str, Sequence[str]]) -> None:
        """After `hear`: let the minute that is old enough to teach go into the histories of these keys; empty: of all.

        Those of special days do not: they say nothing of other days.

        A key that is new has been 0 wherever the longest history of its dimension is known.
        """
        back, learned = LEARN_AFTER + 1, minute - LEARN_AFTER
        if self.volume.was_special(back):
            return
        for dimension, names in compared.items():
            histories = self.histories.setdefault(dimension, {})
            if dimension == VOLUME:
                if len(self.volume.totals) >= back and not self.volume.is_barred(back):
                    histories.setdefault(TOTAL, History()).learn(learned, self.volume.totals[-back])
                continue
            totals, models = self.totals.get(dimension, []), self.shares.get(dimension, {})
            if len(totals) < back or not totals[-back]:
                continue
            wanted = [*names] or [*models]
            kept = {key: histories.get(key) or _newcomer(histories.values()) for key in wanted}
            for key, history in kept.items():
                model = models.get(key)
                if model is None or not model.bars >> LEARN_AFTER & 1:
                    history.learn(learned, model.counts[-back] if model else 0)
            self.histories[dimension] = kept

    def bar(self, series: Iterable[SeriesKey], minutes: int) -> None:
        """The last so many minutes of these series must not teach."""
        for each in series:
            if (model := self._model(each)) is not None:
                model.bar(minutes)

    def forget(self, series: Iterable[SeriesKey], minute: int) -> None:
        """Windows of these series begin after `minute`."""
        for each in series:
            if (model := self._model(each)) is not None:
                model.since = minute

    def accept(self, series: Iterable[SeriesKey], minute: int) -> None:
        """What these series show in the minutes up to and with `minute` is what is normal from now on.

        Where their share rises, those of the other keys of their dimension fall, all by one factor, and the reverse.
        """
        series = [*series]
        self._make_room({each.dimension for each in series}, {*series}, minute)
        for each in series:
            model = self._model(each)
            history = self.histories.get(each.dimension, {}).get(each.key)
            if history is not None:
                counts = model.counts if isinstance(model, ShareModel) else self.volume.totals
                history.accept(minute, counts[-_LEVEL:], self.volume.clock)
            if isinstance(model, ShareModel):
                model.accept(minute, self.totals[each.dimension])
            elif model is not None:
                model.accept()

    def _make_room(self, dimensions: Iterable[str], accepted: Collection[SeriesKey], minute: int) -> None:
        for dimension in sorted(dimensions):
            models = self.shares.get(dimension, {})
            own = [model for key, model in models.items() if SeriesKey(dimension, key) in accepted]
            whole = sum(self.totals.get(dimension, [])[-_LEVEL:])
            if not own or len(own) == len(models) or not whole:
                continue
            before = sum([model.expected(minute) for model in own])
            after = sum([sum(model.counts[-_LEVEL:]) for model in own]) / whole
            factor = max(_LEAST, 1 - after) / max(_LEAST, 1 - before)
            for key, model in models.items():
                if SeriesKey(dimension, key) not in accepted:
                    model.shift(factor)

    def drop(self, dimension: str, key: str) -> None:
        """Know nothing of a key."""
        self._known.clear()
        self.shares.get(dimension, {}).pop(key, None)

    def lapse(self) -> None:
        """The minutes that come next do not follow on the last ones."""
        self.totals, self.hours = {}, {}
        self.volume.lapse()
        for keys in self.shares.values():
            for model in keys.values():
                model.counts, model.bars = [], 0

    def _model(self, series: SeriesKey) -> ShareModel | VolumeModel | None:
        if series == VOLUME_SERIES:
            return self.volume
        return self.shares.get(series.dimension, {}).get(series.key)


def _newcomer(histories: Iterable[History]) -> History:
    return max(histories, key=lambda history: history.size, default=History()).silent()
