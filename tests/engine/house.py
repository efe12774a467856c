"""A bridge over loopback networks with its journal on disk, for tests that look at the engine."""

import asyncio
import contextlib
from pathlib import Path

from bridge.engine.bridge import Bridge
from bridge.engine.context import Limits
from bridge.media.files import Rules
from bridge.model import (
    Account,
    Capabilities,
    Edit,
    LegPolicy,
    MessageSent,
    React,
    Retract,
    RoomRef,
    Send,
    UserRef,
    from_text,
    plain,
)
from bridge.store import Store
from bridge.store.rooms import Seat, link
from bridge.web.links import FileLinks
from protocols.loopback.network import LoopbackNetwork


class NoRoutes:
    def add(self, method, path, handler):
        raise AssertionError("a loopback network has no routes")


class House:
    """Three linked rooms, ``a:r b:r c:r``, unless told otherwise."""

    def __init__(self, path: Path, names="abc", **limits):
        limits = {"edit_hold": 0.05, **limits}
        self.path = path
        self.names = names
        self.limits = Limits(**limits)
        self.policies: dict[str, LegPolicy] = {}
        self.networks: dict[str, LoopbackNetwork] = {}
        self.now = 1_800_014_400.0
        self.down: set[str] = set()
        self.can: dict[str, Capabilities] = {}
        self.offer = FileLinks("secret", "", 3600).offer
        self.media = Rules()

    async def __aenter__(self):
        await self.open()
        return self

    async def __aexit__(self, *error):
        await self.close()

    async def open(self):
        self.store = await Store.open(self.path / "t.db")
        old = self.networks
        self.networks = {name: LoopbackNetwork(name) for name in self.names}
        for name, network in self.networks.items():
            network.up = name not in self.down
            network.can = self.can.get(name, network.can)
            if name in old:  # a network remembers what it was told over our restart
                network.adopt(old[name])
        self.bridge = await Bridge.open(
            self.store,
            list(self.networks.values()),
            limits=self.limits,
            link=lambda key: f"http://t/{key}",
            offer=self.offer,
            media=self.media,
            clock=lambda: self.now,
        )
        if "p" not in self.bridge.portals:
            seats = [
                Seat(RoomRef(name, "r"), "r", self.policies.get(name, LegPolicy()))
                for name in self.names
            ]
            self.bridge.place(await link(self.store.journal, "p", seats, self.now))
        self.bridge.start(NoRoutes())
        await asyncio.sleep(0)

    async def close(self):
        await self.bridge.close()
        await self.store.close()

    async def restart(self):
        await self.close()
        await self.open()

    @property
    def portal(self):
        return self.bridge.portals["p"]

    def message(self, who: str, text: str, *ids: str, **more) -> MessageSent:
        """``who`` is ``name@network``."""
        account = person(who)
        room = RoomRef(account.user.network, "r")
        fields = {"time": self.now, **more}
        return MessageSent(
            room=room, author=account, ids=ids or (text,), content=from_text(text), **fields
        )

    async def say(self, who: str, text: str, *ids: str, **more):
        event = self.message(who, text, *ids, **more)
        await self.networks[event.room.network].say(event)

    def seen(self, network: str) -> list[str]:
        """What a network was told, as people would read it."""
        return [_line(command) for command in self.networks[network].delivered]

    async def until(self, condition, seconds=5):
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.002)

    async def sees(self, network: str, *lines: str):
        """Wait until a network was told this many lines, and compare."""
        with contextlib.suppress(TimeoutError):
            await self.until(lambda: len(self.seen(network)) >= len(lines))
        assert self.seen(network) == list(lines)

    async def settle(self):
        """Wait until nothing moves."""
        portal = self.portal
        await self.until(
            lambda: (
                not portal.waiting and not any(o.backlog for o in portal.outboxes.values() if o.up)
            )
        )
        await self.store.journal.committed()
        await asyncio.sleep(0.01)
        await self.store.journal.committed()


def person(who: str) -> Account:
    name, _, network = who.partition("@")
    return Account(UserRef(network, name), name)


def _line(command) -> str:
    match command:
        case Send(content=content, speaker=speaker):
            star = "* " if content.style == "emote" else ""
            answer = f" [answers {command.reply.author.name}]" if command.reply else ""
            colon = " " if star else ": "
            return f"{star}{speaker.name}{colon}{plain(content)}{answer}"
        case Edit(content=content, speaker=speaker):
            return f"{speaker.name} edits: {plain(content)}"
        case Retract(speaker=speaker, author=author):
            return f"{speaker.name} removes what {author.name} said"
        case React(speaker=speaker, reaction=key, added=added):
            return f"{speaker.name} {'reacts' if added else 'takes back'} {key}"
    return f"{type(command).__name__}: {getattr(command, 'text', None) or command.topic}"
