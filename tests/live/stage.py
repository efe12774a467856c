"""Three real rooms linked by a real daemon, and one native speaker in each."""

import asyncio
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.servers.clients import IrcClient, MatrixClient, Occupant, Said
from tests.servers.inspircd import InspIRCd
from tests.servers.process import Server
from tests.servers.prosody import Prosody
from tests.servers.synapse import Synapse
from tests.servers.tercet import Tercet, irc_section, matrix_section, xmpp_section

SIDES = ("xmpp", "irc", "matrix")
_LATE = re.compile(r"^\[(\d{4}-\d\d-\d\d )?\d\d:\d\d\] ")
_RELAYED = re.compile(r"^<([^>]*)> (.*)$", re.DOTALL)


class Stage:
    """``alice`` on XMPP, ``bob`` on IRC, ``carol`` on Matrix, and Tercet between them."""

    def __init__(self, folder: Path, room: str = "lounge"):
        self.prosody = Prosody(folder / "prosody")
        self.inspircd = InspIRCd(folder / "inspircd")
        self.synapse = Synapse(folder / "synapse")
        self.servers: dict[str, Server] = {
            "xmpp": self.prosody,
            "irc": self.inspircd,
            "matrix": self.synapse,
        }
        self.folder = folder
        self.muc = f"{room}@{self.prosody.muc}"
        self.channel = f"#{room}"
        self.room = ""
        self.alice = Occupant("alice", self.prosody.c2s_port)
        self.bob = IrcClient("bob", self.inspircd.port)
        self.tercet: Tercet
        self.power = 0
        """The power level that the bridge's bot has in the Matrix room."""
        self.history = 0
        """Lines of history that the channel gives to whoever joins (InspIRCd's mode +H)."""

    async def open(self, *link: str, **settings: Any) -> None:
        """Start everything and wait until the link is up. ``link``: options of ``tercet link``."""
        with ThreadPoolExecutor() as pool:
            loop = asyncio.get_running_loop()
            starts = (loop.run_in_executor(pool, s.start) for s in self.servers.values())
            await asyncio.gather(*starts)
        sections = {
            "xmpp": xmpp_section(self.prosody),
            "irc": irc_section(self.inspircd),
            "matrix": matrix_section(self.synapse),
        }
        for name in SIDES:
            sections[name] |= settings.pop(name, {})
        self.tercet = Tercet(self.folder / "tercet", sections, self.synapse.as_port, **settings)
        self.carol = MatrixClient(
            self.synapse.url, self.synapse.user_id("carol"), self.synapse.token("carol")
        )
        await asyncio.gather(self.alice.connect(), self.bob.connect(), self.carol.connect())
        await self.alice.join(self.muc, "alice")
        await self.enter_channel()
        self.room = await self.carol.create_room("Lounge")
        if self.power:
            levels = {"users": {self.synapse.sender: self.power}}
            await self.carol.set_state(self.room, "m.room.power_levels", levels)
        await self.carol.invite(self.room, self.synapse.sender)
        await asyncio.to_thread(self.tercet.start)
        await self.link(*link)

    async def link(self, *options: str) -> None:
        """Link the three rooms and wait until all are up."""
        rooms = (f"xmpp:{self.muc}", f"irc:{self.channel}", f"matrix:{self.room}")
        await asyncio.to_thread(self.tercet.command, "link", *rooms, *options)
        await self.up()

    async def up(self, sides: Iterable[str] = SIDES, seconds: float = 60) -> None:
        """Wait until the daemon says that it is in these rooms."""
        wanted = set(sides)
        async with asyncio.timeout(seconds):
            while not wanted <= await self.sides_up():
                await asyncio.sleep(0.1)

    async def sides_up(self) -> set[str]:
        """Return the networks whose leg is up."""
        try:
            portals = await asyncio.to_thread(self.tercet.command, "rooms")
        except RuntimeError:
            return set()
        legs = [leg for portal in portals for leg in portal["legs"]]
        return {leg["room"]["network"] for leg in legs if leg["up"]}

    async def close(self) -> None:
        """End everything."""
        clients = [self.alice.close(), self.bob.close()]
        if hasattr(self, "carol"):
            clients.append(self.carol.close())
        await asyncio.gather(*clients, return_exceptions=True)
        if hasattr(self, "tercet"):
            await asyncio.to_thread(self.tercet.stop)
        for server in self.servers.values():
            await asyncio.to_thread(server.kill)

    async def enter_channel(self) -> None:
        """Bob joins, as the first and with the right to set modes."""
        await self.bob.join(self.channel)
        if self.history:
            self.bob.send(f"MODE {self.channel} +H {self.history}:3600")

    async def say(self, side: str, text: str, **more: Any) -> None:
        """Say something natively on one side; returns when that side's server has it."""
        if side == "xmpp":
            await self.alice.say(self.muc, text)
        elif side == "irc":
            await self.bob.say(self.channel, text)
        else:
            await self.carol.say(self.room, text, **more)

    def heard(self, side: str) -> list[Said]:
        """What one side's client saw, with authors as a person would read them."""
        client = {"xmpp": self.alice, "irc": self.bob, "matrix": getattr(self, "carol", None)}[side]
        seen: set[str] = set()
        lines = []
        for said in client.messages.items if client else ():
            msgid = said.raw.tags.get("msgid", "") if side == "irc" else ""
            if msgid and msgid in seen:
                continue  # the channel's history after a reconnect
            seen.add(msgid)
            lines.append(_read(said) if side == "irc" else said)
        return lines

    def numbers(self, side: str, sender: str) -> list[int]:
        """The numbers of ``sender``'s messages (``x17``) as they came to ``side``, in order."""
        pattern = re.compile(rf"^{sender[0]}(\d+)$")
        bodies = (_LATE.sub("", said.body) for said in self.heard(side))
        return [int(found[1]) for body in bodies if (found := pattern.match(body))]


def _read(said: Said) -> Said:
    """Take apart what the relay said for somebody."""
    relayed = _RELAYED.match(said.body)
    if said.nick != "tercet" or not relayed:
        return said
    name = relayed[1].replace("\u200b", "")
    return Said(said.room, name, relayed[2], said.kind, said.late, said.raw)
