"""How much one person may ask of a network: joins and connections, whatever becomes of them."""

import time
from collections import deque

from cachetools import LRUCache

from bridge.model import Rejected, UserRef
from protocols.irc.config import SeatsConfig

CONNECTIONS = 6
"""New connections of one person in a minute; those that are made anew do not count."""
_MINUTE = 60.0
_REMEMBERED = 5000

Lately = LRUCache[UserRef, "deque[float]"]


class Limits:
    """Remembers what people have asked for lately."""

    def __init__(self, config: SeatsConfig):
        self.config = config
        self._joins: Lately = LRUCache(_REMEMBERED)
        self._connections: Lately = LRUCache(_REMEMBERED)

    def join(self, user: UserRef, channels: int) -> None:
        """Count a join of somebody who is in so many channels. Raises ``Rejected``."""
        if channels >= self.config.channels:
            raise Rejected(f"you may be in at most {self.config.channels} channels here", "limit")
        if not _counted(self._joins, user, self.config.joins):
            raise Rejected("you join too many channels; wait a minute", "limit")

    def connect(self, user: UserRef, people: int) -> None:
        """Count a new connection, where so many people have one. Raises ``Rejected``."""
        if people >= self.config.limit:
            raise Rejected("too many people of the gateway are on this network", "limit")
        if not _counted(self._connections, user, CONNECTIONS):
            raise Rejected("you connect too often; wait a minute", "limit")


def _counted(lately: Lately, user: UserRef, most: int) -> bool:
    times, now = lately.setdefault(user, deque()), time.monotonic()
    while times and now - times[0] > _MINUTE:
        times.popleft()
    if len(times) >= most:
        return False
    times.append(now)
    return True
