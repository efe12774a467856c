"""The gateway beside linked rooms, and when a server is away for a while."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.live.lobby import People, client, join, lobby, room, say
from tests.protocols.xmpp.hosted.house import Client, codes, item, nick
from tests.servers.clients import IrcClient, Occupant
from tests.servers.inspircd import InspIRCd
from tests.servers.prosody import Prosody


def _said(who: Client, where: str) -> list[tuple[str, str]]:
    """Who said what there, in this order."""
    there = [xml for xml in who.messages.items if xml.get("from", "").startswith(where)]
    return [(nick(xml), body) for xml in there if (body := xml.findtext("{*}body"))]


async def test_a_linked_channel_is_one_conversation(people: People, prosody: Prosody) -> None:
    muc = f"linked@{prosody.muc}"
    carol = Occupant("carol", prosody.c2s_port)
    await carol.connect()
    await carol.join(muc, "carol")
    await people.bob.join("#linked")
    await asyncio.to_thread(people.tercet.command, "link", f"xmpp:{muc}", "irc:#linked")
    await people.bob.line(lambda it: it.command == "JOIN" and it.nick == "tercet")
    await join(people.anna, "#linked", "anna")
    await people.bob.line(lambda it: it.command == "JOIN" and it.nick == "anna")
    await people.bob.say("#linked", "from irc")
    await carol.wait_for(lambda said: said.body == "from irc")
    assert nick(await people.anna.body("from irc")) == "bob"
    await carol.say(muc, "from the muc")
    heard = await people.bob.wait_for(lambda said: said.body == "<c\u200barol> from the muc")
    assert heard.nick == "tercet"
    assert nick(await people.anna.body("from the muc")) == "carol"
    say(people.anna, "#linked", "from-hosted", "<body>from the gateway</body>")
    heard = await people.bob.wait_for(lambda said: said.body == "from the gateway")
    assert heard.nick == "anna"
    seen = await carol.wait_for(lambda said: said.body == "from the gateway")
    assert seen.nick == "anna"
    await people.anna.body("from the gateway")
    assert _said(people.anna, room("#linked")) == [
        ("bob", "from irc"),
        ("carol", "from the muc"),
        ("anna", "from the gateway"),
    ]
    await carol.close()


async def test_when_irc_was_away_people_are_back(
    prosody: Prosody, new_inspircd: Callable[..., InspIRCd], tmp_path: Path
) -> None:
    inspircd = new_inspircd()
    async with lobby(prosody, inspircd, tmp_path) as people:
        await people.bob.join("#away")
        await join(people.anna, "#away", "anna")
        await asyncio.to_thread(inspircd.kill)
        seen = await people.anna.message(
            lambda xml: xml.get("from") == room("#away") and xml.find("{*}body") is not None
        )
        assert "Reconnecting" in (seen.findtext("{*}body") or "")
        await asyncio.to_thread(inspircd.start)
        bob = IrcClient("bob", inspircd.port)
        await bob.connect()
        await bob.join("#away")
        start = len(people.anna.messages.items)
        await people.anna.body("You are connected again.", 0)
        await bob.say("#away", "we are back")
        await people.anna.body("we are back", start)
        say(people.anna, "#away", "back-again", "<body>me too</body>")
        assert (await bob.wait_for(lambda said: said.body == "me too")).nick == "anna"
        mine = [xml for xml in people.anna.presences.items if "110" in codes(xml)]
        assert [xml.get("type") for xml in mine] == [None]
        await bob.close()


async def test_when_xmpp_was_away_nobody_stays_on_irc_for_ever(
    new_prosody: Callable[..., Prosody], inspircd: InspIRCd, tmp_path: Path
) -> None:
    prosody = new_prosody()
    async with lobby(prosody, inspircd, tmp_path) as people:
        await people.bob.join("#xaway")
        await join(people.anna, "#xaway", "anna")
        await people.bob.line(lambda it: it.command == "JOIN" and it.nick == "anna")
        await asyncio.to_thread(prosody.kill)
        await asyncio.to_thread(prosody.start)
        await people.bob.line(
            lambda it: it.command in ("PART", "QUIT") and it.nick == "anna", timeout=30
        )
        async with client("alice", prosody) as anna:
            await join(anna, "#xaway", "anna")
            await people.bob.say("#xaway", "welcome back")
            await anna.body("welcome back")


async def test_with_one_network_addresses_are_short(
    prosody: Prosody, inspircd: InspIRCd, tmp_path: Path
) -> None:
    async with lobby(prosody, inspircd, tmp_path, fixed_irc_server="irc") as people:
        await people.bob.join("#short")
        muc = "http://jabber.org/protocol/muc"
        people.anna.send(
            f"<presence to='#short@bridge.localhost/anna'><x xmlns='{muc}'/></presence>"
        )
        await people.anna.message(lambda xml: xml.find("{*}subject") is not None)
        bob = await people.anna.presence(lambda xml: nick(xml) == "bob")
        assert item(bob)["jid"].startswith("bob@bridge.localhost")
        people.bob.send("PRIVMSG anna :psst")
        assert (await people.anna.body("psst")).get("from") == "bob@bridge.localhost"
