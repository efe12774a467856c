"""A bounded memory of what was met last.

It is on the way of every message, so it is a plain dict: what was put in first goes first. For
numbers that only grow that is as good as "least recently used", at a tenth of a library's cost.
"""

from itertools import islice
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """Keeps the newest entries: ``size`` of them after each ``trim``."""

    __slots__ = ("_size",)

    def __init__(self, size: int):
        super().__init__()
        self._size = size

    def trim(self) -> None:
        """Forget what is too old. Called once for many entries, by whoever put them in."""
        spare = len(self) - self._size
        if spare > 0:
            for old in list(islice(self, spare)):
                del self[old]
