"""The smallest complete network: rooms that live in memory. Copy this to begin a new one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from pydantic import BaseModel

from bridge.model import (
    Capabilities,
    Command,
    Delivered,
    Event,
    Host,
    LegPolicy,
    MediaRefused,
    NetworkStatus,
    Rejected,
    RoomRef,
    RoomStatus,
    Shown,
    Unavailable,
)

_PIECE = 1 << 16


class Bytes:
    """A file in memory on its way (``bridge.model.Stream``)."""

    def __init__(self, data: bytes, first: int, last: int | None):
        self.mime = ""
        self.size: int | None = len(data)
        self.start = first
        self._data = memoryview(data)[first : None if last is None else last + 1]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give it piece by piece."""
        for start in range(0, len(self._data), _PIECE):
            yield bytes(self._data[start : start + _PIECE])


class LoopbackNetwork:
    """Reports what ``say`` is given, remembers what it is told, and can be made to fail."""

    class Config(BaseModel, extra="forbid"):
        """A loopback network needs no settings."""

    kind: ClassVar[str] = "loopback"

    def __init__(self, name: str, config: Config | None = None):
        self.name = name
        self.up = True
        self.can = Capabilities()
        self.delivered: list[Command] = []
        self.shown: list[Shown] = []
        self.rooms: dict[RoomRef, LegPolicy] = {}
        self.refused: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        """What it holds for others, by ``File.source``."""
        self._host: Host | None = None
        self._ids: dict[str, tuple[str, ...]] = {}

    async def run(self, host: Host) -> None:
        """Open the rooms, then wait."""
        self._host = host
        host.observe(NetworkStatus(self.name, True))
        for room in self.rooms:
            host.observe(RoomStatus(room, self.up))
        await asyncio.Event().wait()

    async def say(self, *events: Event) -> None:
        """Let something happen on this network."""
        if self._host is None:
            raise Unavailable("not running")
        await self._host.accept(*events)

    def adopt(self, before: "LoopbackNetwork") -> None:
        """Go on where another one stopped, as a server does when we restart."""
        self.delivered = before.delivered
        self._ids = before._ids

    def set_up(self, up: bool) -> None:
        """Take the network down, or up again."""
        self.up = up
        for room in self.rooms if self._host else ():
            self._host.observe(RoomStatus(room, up))  # type: ignore[union-attr]

    def visit(self, room: RoomRef, policy: LegPolicy) -> None:
        """Open a room."""
        self.rooms[room] = policy
        if self._host:
            self._host.observe(RoomStatus(room, self.up))

    async def leave(self, room: RoomRef, farewell: str) -> None:
        """Forget a room."""
        self.rooms.pop(room, None)

    async def find(self, address: str) -> RoomRef:
        """Every name is a room."""
        if not address:
            raise Rejected("a loopback room needs a name")
        return RoomRef(self.name, address)

    def render(self, command: Command) -> tuple[str, ...]:
        """One part is always enough."""
        return (command.key,)

    async def deliver(self, command: Command, parts: tuple[str, ...], done: int) -> Delivered:
        """Remember the command, once."""
        if not self.up:
            raise Unavailable(f"{self.name} is down")
        if command.key in self.refused:
            raise Rejected(self.refused[command.key])
        ids = self._ids.get(command.key)
        if ids is None:
            self.delivered.append(command)
            ids = self._ids[command.key] = (f"{len(self.delivered)}",)
        return Delivered((ids,))

    def show(self, state: Shown) -> None:
        """Remember what was shown."""
        self.shown.append(state)

    def capabilities(self, room: RoomRef) -> Capabilities:
        """Every room is alike."""
        return self.can

    @asynccontextmanager
    async def fetch(
        self, source: str, first: int = 0, last: int | None = None
    ) -> AsyncIterator[Bytes]:
        """Open one of the files it holds."""
        if source not in self.files:
            raise MediaRefused("there is no such file")
        yield Bytes(self.files[source], first, last)
