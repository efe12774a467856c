"""What proves that the room has our messages: reflections, join history, archive pages."""

import asyncio
from base64 import b32encode
from hashlib import blake2b
from typing import TypeVar

from bridge.model import CopyConfirmed, RoomRef, Unavailable
from protocols.xmpp.decode import Failure

REMEMBERED = 2000
"""Copies kept in mind after they were sent, or found in the room's history."""

_K = TypeVar("_K")
_V = TypeVar("_V")


class Refused(Exception):
    """The room answered our message with an error."""

    def __init__(self, failure: Failure):
        super().__init__(str(failure))
        self.failure = failure


class Marks:
    """Makes attr-ids from command keys, and knows its own again.

    The second half is signed with the component's name and secret, so that a message in the
    room's history is known for ours also after a crash, and another bridge's is not.
    """

    def __init__(self, secret: str):
        self._secret = blake2b(secret.encode(), digest_size=32).digest()

    def make(self, room: str, key: str) -> str:
        """Return the id of this command's copy in this room: always the same."""
        name = _text(blake2b(f"{room}\0{key}".encode("utf-8", "replace"), digest_size=10).digest())
        return f"{name}-{self._sign(name)}"

    def owns(self, attr_id: str) -> bool:
        """Tell whether this id was made by us."""
        name, dash, signature = attr_id.partition("-")
        return bool(dash) and len(name) == 16 and signature == self._sign(name)

    def _sign(self, name: str) -> str:
        return _text(
            blake2b(name.encode("utf-8", "replace"), key=self._secret, digest_size=10).digest()
        )


def _text(digest: bytes) -> str:
    return b32encode(digest).decode().lower()


class Evidence:
    """The copies that are under way into one room, and those that were seen to have arrived."""

    def __init__(self, room: RoomRef):
        self._room = room
        self._waiting: dict[str, asyncio.Future[tuple[str, ...]]] = {}
        self._late: dict[str, tuple[str, int]] = {}
        self._shown: dict[str, tuple[str, ...]] = {}

    def expect(self, attr_id: str, key: str = "", part: int = 0) -> asyncio.Future[tuple[str, ...]]:
        """Wait for this copy's ids. The future fails with ``Refused`` or ``Unavailable``.

        ``key`` names the command that this is a part of, if it matters when the copy turns up after
        the waiting.
        """
        future: asyncio.Future[tuple[str, ...]] = asyncio.get_running_loop().create_future()
        self._waiting[attr_id] = future
        if key:
            _remember(self._late, attr_id, (key, part))
        return future

    def forget(self, attr_id: str) -> None:
        """Nobody waits for it any longer; if it still comes, it is worth a ``CopyConfirmed``."""
        self._waiting.pop(attr_id, None)

    def reflected(self, attr_id: str, ids: tuple[str, ...]) -> CopyConfirmed | None:
        """Our message came back. Return what to report if nobody waits for it."""
        late = self._late.pop(attr_id, None)
        _remember(self._shown, attr_id, ids)
        waiting = self._waiting.pop(attr_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(ids)
            return None
        return CopyConfirmed(room=self._room, key=late[0], part=late[1], ids=ids) if late else None

    def refused(self, attr_id: str, failure: Failure) -> None:
        """The room answered with an error."""
        self._late.pop(attr_id, None)
        waiting = self._waiting.pop(attr_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_exception(Refused(failure))

    def lost(self, words: str) -> None:
        """We are out of the room: nothing that is under way can be known."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Unavailable(words))
        self._waiting.clear()

    def seen(self, attr_id: str) -> tuple[str, ...] | None:
        """Return the ids of a copy that is known to have arrived."""
        return self._shown.get(attr_id)

    def sent(self, attr_id: str) -> bool:
        """Tell whether this copy was sent by this process and has not come back yet."""
        return attr_id in self._late

    @property
    def pending(self) -> int:
        """How many copies are under way."""
        return len(self._waiting)


def _remember(memory: dict[_K, _V], key: _K, value: _V) -> None:
    memory[key] = value
    if len(memory) > REMEMBERED:
        del memory[next(iter(memory))]
