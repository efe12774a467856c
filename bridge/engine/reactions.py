"""Makes one line of several reactions to a message, for a room that must be told in words.

Whoever reacts is held for a moment. When that is over, their first reaction speaks for all of
theirs that are still on their way to the room, and for other people's that are the same.
"""

from collections.abc import Iterable, Set

from msgspec import Struct

from bridge.core.facts import Original
from bridge.engine.context import Context
from bridge.engine.recent import Recent
from bridge.model import Reacted, UserRef

_KEPT = 1024


class Line(Struct, frozen=True):
    """What one reaction speaks for."""

    keys: tuple[str, ...]
    """As they were sent; empty if there is nothing to tell."""
    others: tuple[str, ...] = ()
    """The names of those who react in the same way."""


class Reactions:
    """Gathers reactions on their way to one room. What was gathered is said so on every attempt;
    after a restart it is gathered anew."""

    def __init__(self, context: Context):
        self._context = context
        self._lines: Recent[int, Line] = Recent(_KEPT)

    async def line(self, number: int, event: Reacted, to: Original, under_way: Set[int]) -> Line:
        """Return what to tell when the turn of a reaction to this message has come."""
        line = self._lines.get(number)
        if line is None:
            standing = _standing(to, under_way | {number})
            mine = standing.pop(event.author.user, {})
            if number not in mine.values():
                return Line(())  # it was taken away meanwhile
            same = [theirs for theirs in standing.values() if theirs.keys() <= mine.keys()]
            told = await self._recall(mine.values())
            others = await self._recall(next(iter(theirs.values())) for theirs in same)
            for covered in (number for reactions in (mine, *same) for number in reactions.values()):
                self._lines[covered] = Line(())
            line = Line(
                tuple(reaction.key for reaction in told),
                tuple(reaction.author.name for reaction in others),
            )
            self._lines[number] = line
            self._lines.trim()
        return line

    async def _recall(self, numbers: Iterable[int]) -> list[Reacted]:
        events = [await self._context.recall(number) for number in numbers]
        return [event for event in events if isinstance(event, Reacted)]


def _standing(to: Original, numbers: Set[int]) -> dict[UserRef, dict[str, int]]:
    """Return the reactions that stand and are among these events, of each person by their keys."""
    found = {
        user: {key: number for key, number in keys.items() if number in numbers}
        for user, keys in to.reactions.items()
    }
    return {user: keys for user, keys in found.items() if keys}
