"""Four servers, one daemon, and for each network a conversation in which its own people speak."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.live.features.irc import TAGS, IrcVoice, TaggedVoice
from tests.live.features.matrix import MatrixVoice
from tests.live.features.seen import NEWCOMER, Voice
from tests.live.features.site import Site
from tests.live.features.xmpp import Everything, XmppVoice
from tests.servers.clients import IrcClient, MatrixClient, Occupant
from tests.servers.ergo import Ergo
from tests.servers.inspircd import InspIRCd
from tests.servers.process import Server
from tests.servers.prosody import Prosody
from tests.servers.synapse import Synapse
from tests.servers.tercet import Tercet, irc_section, matrix_section, xmpp_section

NETWORKS = ("xmpp", "irc", "ergo", "matrix")


class Cast:
    """``alice`` and ``dave`` on XMPP, ``bob`` on plain IRC, ``erin`` on Ergo, ``carol`` on Matrix.

    On plain IRC one relay speaks for all, as by default; on Ergo people have puppets.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.prosody = Prosody(folder / "prosody")
        self.inspircd = InspIRCd(folder / "inspircd")
        self.ergo = Ergo(folder / "ergo")
        self.synapse = Synapse(folder / "synapse")
        self.servers: tuple[Server, ...] = (self.prosody, self.inspircd, self.ergo, self.synapse)
        self.site = Site()
        self.tercet: Tercet
        self.alice, self.dave = (Occupant(n, self.prosody.c2s_port) for n in ("alice", NEWCOMER))
        self.bob, self.ian = (IrcClient(n, self.inspircd.port) for n in ("bob", NEWCOMER))
        self.erin, self.ed = (IrcClient(n, self.ergo.port) for n in ("erin", NEWCOMER))
        self.carol: MatrixClient
        self.don: MatrixClient

    async def open(self, **settings: Any) -> None:
        """Start the servers, log everybody in, start the daemon."""
        with ThreadPoolExecutor() as pool:
            loop = asyncio.get_running_loop()
            await asyncio.gather(*(loop.run_in_executor(pool, s.start) for s in self.servers))
        await self.site.start()
        settings["media"] = {"fetch": {"allow": [self.site.host], "links": True}}
        quick = {"puppet_interval": 0, "puppets": "speakers"}
        sections = {
            "xmpp": xmpp_section(self.prosody),
            "irc": irc_section(self.inspircd),
            "ergo": irc_section(self.ergo, **quick),
            "matrix": matrix_section(self.synapse),
        }
        self.tercet = Tercet(self.folder / "tercet", sections, self.synapse.as_port, **settings)
        self.carol, self.don = (self._matrix(name) for name in ("carol", NEWCOMER))
        start = asyncio.to_thread(self.tercet.start)
        await asyncio.gather(start, *(client.connect() for client in self._clients()[:2]),
            *(client.connect(caps=()) for client in (self.bob, self.ian)),
            *(client.connect(caps=TAGS) for client in (self.erin, self.ed)),
            self.carol.connect(), self.don.connect())  # fmt: skip

    def _matrix(self, name: str) -> MatrixClient:
        return MatrixClient(self.synapse.url, self.synapse.user_id(name), self.synapse.token(name))

    def _clients(self) -> list[Any]:
        clients: list[Any] = [self.alice, self.dave, self.bob, self.ian, self.erin, self.ed]
        return clients + [c for c in (getattr(self, n, None) for n in ("carol", "don")) if c]

    async def close(self) -> None:
        """End everything."""
        await asyncio.gather(*(c.close() for c in self._clients()), return_exceptions=True)
        await self.site.close()
        if hasattr(self, "tercet"):
            await asyncio.to_thread(self.tercet.stop)
        for server in self.servers:
            await asyncio.to_thread(server.kill)

    async def voices(self) -> dict[str, dict[str, Voice]]:
        """Open one portal for each network, and give the voices of all four in each of them."""
        heard = Everything(self.alice)
        found = [await self._portal(f"from-{network}", heard) for network in NETWORKS]
        await self._up()
        await asyncio.gather(*(_warm_up(voices) for voices in found))
        return dict(zip(NETWORKS, found, strict=True))

    async def _portal(self, name: str, heard: Everything) -> dict[str, Voice]:
        muc, channel = f"{name}@{self.prosody.muc}", f"#{name}"
        await self.alice.join(muc, "alice")
        self.alice.set_affiliation(muc, f"tercet@{self.prosody.component}", "admin")
        await asyncio.gather(self.bob.join(channel), self.erin.join(channel))
        room = await self.carol.create_room(name)
        levels = {"users": {self.synapse.sender: 50}}
        await self.carol.set_state(room, "m.room.power_levels", levels)
        await self.carol.invite(room, self.synapse.sender)
        rooms = (f"xmpp:{muc}", f"irc:{channel}", f"ergo:{channel}", f"matrix:{room}")
        await asyncio.to_thread(self.tercet.command, "link", *rooms, "--edit-hold", "1s")
        for client in (self.bob, self.erin):
            await client.line(lambda line: line.command == "JOIN" and line.nick == "tercet"
                and line.params[0] == channel, 30)  # fmt: skip
            client.send(f"MODE {channel} +o tercet")
        return {
            "xmpp": XmppVoice(self.alice, muc, heard, self.dave, self.site.picture),
            "irc": IrcVoice("irc", self.bob, channel, self.ian, self.site.picture),
            "ergo": TaggedVoice("ergo", self.erin, channel, self.ed, self.site.picture),
            "matrix": MatrixVoice(self.carol, room, self.don),
        }

    async def _up(self) -> None:
        async with asyncio.timeout(60):
            while True:
                portals = await asyncio.to_thread(self.tercet.command, "rooms")
                if all(leg["up"] for portal in portals for leg in portal["legs"]):
                    return
                await asyncio.sleep(0.1)


async def _warm_up(voices: dict[str, Voice]) -> None:
    """Everybody speaks once, so that all have their puppets."""
    for name, voice in voices.items():
        await voice.say(f"hello from {name}")
    for name in voices:
        for hearer in voices.values():
            if hearer is not voices[name]:
                await hearer.hears(f"hello from {name}")
