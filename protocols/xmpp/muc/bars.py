"""Who gets no seat in a room for now: put out by a moderator, or not let in."""

import time
from typing import Literal

from msgspec import Struct

from bridge.model import KeyValue, UserRef

How = Literal["kicked", "banned", "refused"]

SECONDS: dict[How, float] = {"kicked": 86_400.0, "banned": 86_400.0, "refused": 600.0}
"""How long the room is not asked again. Somebody who is still banned then is not told twice."""


class Bar(Struct, frozen=True):
    """One person kept out."""

    how: How
    until: float


class Bars:
    """One room's list. Kicks and bans are kept over a restart."""

    def __init__(self, room: str, state: KeyValue):
        self._prefix = f"barred:{room} "
        self._state = state
        self._bars: dict[UserRef, Bar] = {}

    async def load(self) -> None:
        """Remember who was put out before the daemon started."""
        for key, value in await self._state.items(self._prefix):
            network, _, user = key.removeprefix(self._prefix).partition(" ")
            how, _, until = value.partition(" ")
            self._bars[UserRef(network, user)] = Bar(
                "banned" if how == "banned" else "kicked", float(until)
            )

    def stands(self, user: UserRef) -> How | None:
        """Tell whether, and how, this person is kept out now."""
        bar = self._bars.get(user)
        return bar.how if bar and bar.until > time.time() else None

    def was_told(self, user: UserRef) -> bool:
        """Tell whether this person was put out before, however long ago."""
        bar = self._bars.get(user)
        return bar is not None and bar.how != "refused"

    def put(self, user: UserRef, how: How) -> None:
        """Keep somebody out from now on."""
        self._bars[user] = Bar(how, time.time() + SECONDS[how])

    async def save(self, user: UserRef) -> None:
        """Write down that somebody is kept out."""
        bar = self._bars.get(user)
        if bar and bar.how != "refused":
            await self._state.put(self._key(user), f"{bar.how} {bar.until}")

    async def lift(self, user: UserRef) -> None:
        """Let somebody in again."""
        if self._bars.pop(user, None):
            await self._state.delete(self._key(user))

    async def forget(self) -> None:
        """The room is not linked any longer: a later link begins without grudges."""
        self._bars.clear()
        for key, _ in await self._state.items(self._prefix):
            await self._state.delete(key)

    def _key(self, user: UserRef) -> str:
        return f"{self._prefix}{user.network} {user.id}"
