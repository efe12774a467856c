"""Keeps an old set of reactions from replacing a newer one (XEP-0444 §4.1). Pure."""

from collections import OrderedDict

from bridge.model import UserRef

KEPT = 2000


class Sets:
    """When each person last reacted to a message of one room."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[UserRef, str], float] = OrderedDict()

    def is_newer(self, user: UserRef, target: str, when: float) -> bool:
        """Tell whether this set replaces what was known, and take note of it if so."""
        if when < self._last.get((user, target), when):
            return False
        self._last[user, target] = when
        self._last.move_to_end((user, target))
        if len(self._last) > KEPT:
            self._last.popitem(last=False)
        return True
