"""How late the counts of a scope usually come, and so how long its minutes wait for them before they are judged.

A minute *needs* the smallest number of minutes after its close by which nearly all of its counts are there. For each
number of minutes a leaky bucket is kept, as the time at which it will be empty (the virtual scheduling algorithm of
ITU-T I.371): a minute that needs so many, or more, puts in as much as leaks out in ten minutes. So what one minute in
ten needs, again and again, is usual; one burst of late data is not.
"""

from dataclasses import dataclass, field
from typing import Final

_ONE: Final = 10
"""Minutes in which as much leaks out as a minute puts in."""
_FULL: Final = 200
"""What would take so many minutes to leak out is usual: twenty minutes in a row, or more over a longer time."""
_MAX_WAIT: Final = 1440
"""No bucket takes longer to be empty: after a day without, nothing is usual any more."""


@dataclass(slots=True)
class Came:
    """The late counts of a minute that may still change.

    Args:
        late: How many counts came so many minutes after its close; the first entry is for those of the minute after.
        needs: How many minutes it has been found to need.
        whole: How many counts there were in all when the last of them came.
    """

    late: list[int] = field(default_factory=list)
    needs: int = 0
    whole: int = 0


@dataclass(slots=True)
class Arrivals:
    """What is known of a scope of which some counts have come late. Minutes are minute numbers.

    Args:
        came: Minute to what came late of it.
        usual: For each number of minutes, the first one for 1, when its bucket will be empty.
        wait: How many minutes after their close the minutes of the scope are judged.
        looked: Which minute was closed last when this was decided.
    """

    came: dict[int, Came] = field(default_factory=dict)
    usual: list[int] = field(default_factory=list)
    wait: int = 0
    looked: int = -1

    def note(self, minute: int, closed_to: int, counts: tuple[int, int], complete: float) -> None:
        """Counts of a minute have come late.

        Args:
            minute: The minute.
            closed_to: The last minute that is closed; not before `minute`.
            counts: How many have come now, and how many there are in all.
            complete: Which part of the counts is nearly all of them, 0 to 1.
        """
        came, after = self.came.setdefault(minute, Came()), closed_to - minute + 1
        came.late += [0] * (after - len(came.late))
        came.late[after - 1] += counts[0]
        needs, left = after, came.late[after - 1]
        while needs and left <= (1 - complete) * counts[1]:
            needs -= 1
            left += came.late[needs - 1] if needs else 0
        self.usual += [0] * (needs - len(self.usual))
        for number in range(came.needs, needs):
            self.usual[number] = min(max(self.usual[number], closed_to) + _ONE, closed_to + _MAX_WAIT)
        came.needs, came.whole = max(came.needs, needs), counts[1]

    def missing(self, after: int, closed_to: int) -> float:
        """Which part of a minute has usually not come yet so many minutes after its close: 0 to less than 1.

        As it was with the minutes of late that need not wait any more.
        """
        known = [came for minute, came in self.came.items() if closed_to - minute >= self.wait and came.whole]
        return sum(sum(came.late[after:]) / came.whole for came in known) / (len(known) + 1)

    def look(self, closed_to: int, most: int) -> bool:
        """Decide how long to wait from now on; whether anything is known yet.

        It becomes longer when that is usual for sure, and shorter when it is not usual at all any more.

        Args:
            closed_to: The last minute that is closed.
            most: How many minutes after its close a minute can change.
        """
        self.looked = closed_to
        self.came = {minute: came for minute, came in self.came.items() if closed_to - minute < most}
        is_usual = (
            empty - closed_to > (0 if number < self.wait else _FULL) for number, empty in enumerate(self.usual[:most])
        )
        self.wait = max((number for number, usual in enumerate(is_usual, 1) if usual), default=0)
        return bool(self.came or self.wait or any(empty > closed_to for empty in self.usual))
