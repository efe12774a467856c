"""Who may use the gateway, and how much of it at once. Takes the time from its caller."""

from collections.abc import Callable

from cachetools import LRUCache

from bridge.model import Rejected
from protocols.xmpp import address
from protocols.xmpp.config import GatewayConfig

REMEMBERED = 10_000
"""People whose pace is kept in mind."""
STANZAS_AT_ONCE = 600.0
STANZAS_PER_SECOND = 30.0
"""A client that comes back joins all its rooms, and asks each of them a few things."""
SECONDS_OF_WORDS = 10
"""So many seconds' worth of messages may be said at once."""


class Bucket:
    """Lets so many through at once, and so many a second after that."""

    __slots__ = ("_at_once", "_last", "_left", "_rate")

    def __init__(self, at_once: float, rate: float, now: float):
        self._at_once = self._left = at_once
        self._rate = rate
        self._last = now

    def take(self, now: float, cost: float = 1.0) -> bool:
        """Take so much out, if there is as much."""
        self._left = min(self._at_once, self._left + (now - self._last) * self._rate)
        self._last = now
        if self._left < cost:
            return False
        self._left -= cost
        return True


class People:
    """The rules of the house, for each bare JID."""

    def __init__(self, config: GatewayConfig, clock: Callable[[], float]):
        self._config = config
        self._clock = clock
        self._stanzas: LRUCache[str, Bucket] = LRUCache(REMEMBERED)
        self._words: LRUCache[str, Bucket] = LRUCache(REMEMBERED)

    def may_enter(self, bare: str) -> bool:
        """Tell whether this person may use the gateway at all."""
        allow = self._config.allow
        return "*" in allow or bare in allow or address.domain(bare) in allow

    def is_admin(self, bare: str) -> bool:
        """Tell whether this person may act on others' connections."""
        return bare in self._config.admins

    def check_stanza(self, bare: str, cost: float = 1.0) -> None:
        """Raise ``Rejected`` if this person is not allowed, or sends too much of anything.

        ``cost``: what it makes us do, as a number of common stanzas.
        """
        if not self.may_enter(bare):
            raise Rejected("you are not allowed to use this gateway", "forbidden")
        now = self._clock()
        bucket = self._stanzas.get(bare)
        if bucket is None:
            bucket = self._stanzas[bare] = Bucket(STANZAS_AT_ONCE, STANZAS_PER_SECOND, now)
        if not bucket.take(now, cost):
            raise Rejected("you send too much at once", "limit")

    def check_words(self, bare: str) -> None:
        """Raise ``Rejected`` if this person says too much."""
        now, rate = self._clock(), self._config.messages_per_second
        bucket = self._words.get(bare)
        if bucket is None:
            bucket = self._words[bare] = Bucket(max(rate * SECONDS_OF_WORDS, 1.0), rate, now)
        if not bucket.take(now):
            raise Rejected("you write too fast", "limit")
