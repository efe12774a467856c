"""A bounded memory of what was met last.

It is on the way of every message, so it is a plain dict: what was put in first goes first. For
numbers that only grow that is as good as "least recently used", at a tenth of a library's cost.
"""

from itertools import islice
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """Keeps about ``size`` entries, the newest."""

    __slots__ = ("_size",)

    def __init__(self, size: int):
        super().__init__()
        self._size = size

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > self._size:
            for old in list(islice(self, self._size // 8 or 1)):
                del self[old]
