"""People on XMPP and one on IRC, with a running daemon as the gateway between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from tests.protocols.xmpp.hosted.house import Client
from tests.servers import ports
from tests.servers.clients import IrcClient, Occupant
from tests.servers.inspircd import InspIRCd
from tests.servers.prosody import Prosody
from tests.servers.tercet import Tercet, irc_section, xmpp_section


def room(channel: str) -> str:
    return f"{channel}%irc@bridge.localhost"


class People:
    """``anna`` and ``otto`` on XMPP, ``bob`` on IRC, and the daemon between them."""

    def __init__(self, anna: Client, otto: Client, bob: IrcClient, tercet: Tercet):
        self.anna = anna
        self.otto = otto
        self.bob = bob
        self.tercet = tercet


@asynccontextmanager
async def lobby(
    prosody: Prosody, inspircd: InspIRCd, folder: Path, **settings: Any
) -> AsyncIterator[People]:
    """Everybody is there, nobody is in a room."""
    networks = {
        "xmpp": xmpp_section(prosody, gateway={"allow": ["localhost"]} | settings),
        "irc": irc_section(inspircd),
    }
    tercet = Tercet(folder / "tercet", networks, ports.reserve())
    await asyncio.to_thread(tercet.start)
    bob = IrcClient("bob", inspircd.port)
    await bob.connect()
    try:
        async with client("alice", prosody) as anna, client("bob", prosody) as otto:
            yield People(anna, otto, bob, tercet)
    finally:
        await bob.close()
        await asyncio.to_thread(tercet.stop)


@asynccontextmanager
async def client(name: str, prosody: Prosody) -> AsyncIterator[Client]:
    occupant = Occupant(name, prosody.c2s_port)
    await occupant.connect()
    yield Client(occupant)
    await occupant.close()


async def join(who: Client, channel: str, name: str) -> Element:
    start = len(who.messages.items)
    muc = "http://jabber.org/protocol/muc"
    who.send(f"<presence to='{room(channel)}/{name}'><x xmlns='{muc}'/></presence>")
    return await who.message(lambda xml: xml.find("{*}subject") is not None, start)


def say(who: Client, channel: str, attr_id: str, children: str) -> None:
    who.send(f"<message type='groupchat' id='{attr_id}' to='{room(channel)}'>{children}</message>")
