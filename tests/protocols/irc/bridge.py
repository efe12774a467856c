"""A bridge that only listens: a host for IRC networks under test, which remembers everything."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, TypeVar

from bridge.model import (
    Account,
    Content,
    LegPolicy,
    MessageSent,
    PrivateSent,
    RoomRef,
    RoomStatus,
    Send,
    UserRef,
    from_text,
    plain,
)
from protocols.irc.config import IrcConfig
from protocols.irc.network import IrcNetwork
from tests.listening import Bridge as Listening
from tests.listening import Memory

T = TypeVar("T")

_KEYS = count(1)


class Bridge(Listening):
    """Takes what a network reports, and looks now and then even if nothing was."""

    def __init__(self, state: Memory | None = None) -> None:
        super().__init__(state)
        self.whispers: list[PrivateSent] = []

    async def whisper(self, private: PrivateSent) -> None:
        self.whispers.append(private)
        self.wake()

    async def whispered(self, text: str) -> PrivateSent:
        """Wait until this was said in private."""
        return await self.until(
            lambda: next((w for w in self.whispers if plain(w.content) == text), None)
        )

    async def until(self, found: Callable[[], T], timeout: float = 10.0) -> T:
        """Return what ``found`` gives as soon as it is true."""
        async with asyncio.timeout(timeout):
            while not (result := found()):
                self._news.clear()
                try:
                    await asyncio.wait_for(self._news.wait(), 0.1)
                except TimeoutError:
                    continue
            return result

    def status(self, room: RoomRef) -> RoomStatus | None:
        """Return the latest word about a room."""
        told = [s for s in self.states if isinstance(s, RoomStatus) and s.room == room]
        return told[-1] if told else None

    async def up(self, room: RoomRef, timeout: float = 15.0) -> None:
        """Wait until the room is up."""
        await self.until(lambda: (s := self.status(room)) is not None and s.up, timeout)

    async def down(self, room: RoomRef, timeout: float = 15.0) -> RoomStatus:
        """Wait until the room is down, and return why."""
        await self.until(lambda: (s := self.status(room)) is not None and not s.up, timeout)
        status = self.status(room)
        assert status is not None
        return status

    def messages(self, room: RoomRef) -> list[MessageSent]:
        """Return what was said in a room."""
        return [e for e in self.events if isinstance(e, MessageSent) and e.room == room]

    def texts(self, room: RoomRef) -> list[str]:
        """Return what was said in a room, as plain text."""
        return [plain(message.content) for message in self.messages(room)]

    async def heard(self, room: RoomRef, text: str, timeout: float = 10.0) -> MessageSent:
        """Wait until this was said."""
        return await self.until(
            lambda: next((m for m in self.messages(room) if plain(m.content) == text), None),
            timeout,
        )


def settings(port: int, **options: Any) -> IrcConfig:
    """Return quick settings for a server on this machine."""
    values: dict[str, Any] = {
        "servers": [{"host": "127.0.0.1", "port": port, "tls": False}],
        "flood": {"burst": 50, "rate": 0},
        "reconnect": [0.05, 0.1, 0.3],
        "rejoin": [0.2, 0.5],
        "puppet_interval": 0,
        **options,
    }
    return IrcConfig.model_validate(values)


@asynccontextmanager
async def running(
    port: int,
    *channels: str,
    policy: LegPolicy | None = None,
    state: Memory | None = None,
    name: str = "net",
    wait: bool = True,
    **options: Any,
) -> AsyncIterator[tuple[IrcNetwork, Bridge, list[RoomRef]]]:
    """Run a network in these channels until the block ends."""
    network, bridge = IrcNetwork(name, settings(port, **options)), Bridge(state)
    rooms = [await network.find(channel) for channel in channels]
    for room in rooms:
        network.visit(room, policy or LegPolicy())
    task = asyncio.create_task(network.run(bridge))
    try:
        for room in rooms if wait else ():
            await bridge.up(room)
        yield network, bridge, rooms
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def person(name: str, user: str = "") -> Account:
    """Return somebody of another network."""
    return Account(UserRef("hs", user or f"@{name}:hs"), name, about=f"@{name}:hs")


def send(
    room: RoomRef, speaker: Account, content: Content | str, *, key: str = "", more: str = "",
    doubtful: bool = False, time: float = 0.0,
) -> Send:  # fmt: skip
    """Return a command to say something."""
    return Send(
        key=key or f"k{next(_KEYS)}",
        room=room,
        speaker=speaker,
        content=from_text(content) if isinstance(content, str) else content,
        time=time,
        more=more,
        doubtful=doubtful,
    )


async def say(network: IrcNetwork, command: Send, done: int = 0) -> tuple[tuple[str, ...], ...]:
    """Have a command rendered and delivered."""
    parts = network.render(command)
    return (await asyncio.wait_for(network.deliver(command, parts, done), 20)).parts
