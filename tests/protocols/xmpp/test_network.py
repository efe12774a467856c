"""The XMPP network against a real Prosody: what is said, by whom, and who is there."""

import asyncio

import pytest

from bridge.model import (
    Account,
    Announcement,
    LegPolicy,
    MembersChanged,
    Mention,
    MessageSent,
    NetworkStatus,
    Paragraph,
    Presence,
    PuppetNamed,
    Rejected,
    RoomRef,
    RoomStatus,
    Roster,
    Say,
    Send,
    SetTopic,
    Tell,
    Text,
    TopicChanged,
    UserRef,
    plain,
)
from bridge.model.content import Content
from protocols.xmpp.network import XmppNetwork
from tests.protocols.xmpp.bridge import Bridge, config, person, running, say
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody

HOP = "{urn:tercet:hop:0}hop"
ORIGIN = "{urn:xmpp:sid:0}origin-id"
DELAY = "{urn:xmpp:delay}delay"


async def test_what_an_occupant_says_is_reported_with_the_rooms_id(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"hears@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        said = await anna.say(room, "hello *there*")
        sent = await bridge.event(MessageSent)
    stanza_id = said.raw.find("{urn:xmpp:sid:0}stanza-id").get("id")
    assert plain(sent.content) == "hello there"
    assert sent.author.name == "anna"
    assert sent.ids[0] == f"sid:{stanza_id}"
    assert sent.live


async def test_real_jids_stay_secret_where_only_moderators_see_them(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"semi-anonymous@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        await anna.say(room, "who am I")
        author = (await bridge.event(MessageSent)).author
    assert author.user.id.startswith(f"{room}/occ:")
    assert "alice@" not in f"{author}"
    assert author.authority


async def test_a_person_speaks_through_a_puppet_and_the_reflection_gives_its_ids(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"speaks@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        ids = await say(network, room, person("bob"), "hi all", hop="us")
        said = await anna.wait_for(lambda said: said.body == "hi all")
        assert said.nick == "bob"
        assert said.raw.find(HOP).get("id") == "us"
        assert said.raw.find(ORIGIN).get("id") == said.raw.get("id")
        assert [id_.split(":")[0] for id_ in ids] == ["sid", "oid", "attr"]
        assert not bridge.all(MessageSent)
        named = await bridge.saw(PuppetNamed)
        assert (named.user, named.name) == (person("bob").user, "bob")


async def test_emotes_cross_and_what_is_none_stays_none(prosody: Prosody, anna: Occupant) -> None:
    room = f"emotes@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "waves", content={"style": "emote"})
        await say(network, room, person("bob"), "/me is text")
        assert (await anna.wait_for(lambda said: said.kind == "emote")).body == "waves"
        await anna.wait_for(lambda said: said.body == "\u200b/me is text")
        await anna.emote(room, "smiles")
        sent = await bridge.event(MessageSent)
        assert (sent.content.style, plain(sent.content)) == ("emote", "smiles")


async def test_a_taken_nick_gets_a_number(prosody: Prosody, anna: Occupant) -> None:
    room = f"collision@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "bob")
        await bridge.saw(MembersChanged, lambda change: change.joined)
        await say(network, room, person("bob"), "first")
        await say(network, room, person("BOB", "libera"), "second")
        assert (await anna.wait_for(lambda said: said.body == "first")).nick == "bob (2)"
        assert (await anna.wait_for(lambda said: said.body == "second")).nick == "BOB (3)"


async def test_a_nick_that_only_the_room_knows_as_taken_is_resolved_by_its_conflict(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"conflict@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "bob")
        await bridge.saw(MembersChanged)
        network._rooms[room].occupants._folded.clear()  # as if the presence were still under way
        network._rooms[room].occupants._folded["bob"] = 0
        network._rooms[room].occupants.is_taken = lambda folded: False  # type: ignore[method-assign]
        network._rooms[room].puppets._is_taken = lambda folded: False
        await say(network, room, person("bob"), "hello")
        assert (await anna.wait_for(lambda said: said.body == "hello")).nick == "bob (2)"


@pytest.mark.parametrize(
    ("name", "nick"),
    [
        ("Ann  Bee ", "Ann Bee"),
        ("\u202egnp.exe", "gnp.exe"),
        ("🤖 robot", "robot"),
        ("شلوم bob", "bob"),
        ("a/b@c<d>'\"&", "a/b@c<d>'\"&"),
        ("\u200f \u200e", "someone"),
    ],
)
async def test_every_name_becomes_a_nick_that_prosody_takes(
    prosody: Prosody, anna: Occupant, name: str, nick: str
) -> None:
    room = f"names-{abs(hash(name))}@{prosody.muc}"
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        await say(network, room, Account(UserRef("irc", name), name), "here")
        assert (await anna.wait_for(lambda said: said.body == "here")).nick == nick


async def test_who_is_in_the_room_is_told_without_our_puppets(
    prosody: Prosody, anna: Occupant, boss: Occupant
) -> None:
    room = f"roster@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (network, bridge):
        roster = await bridge.saw(Roster)
        assert [member.name for member in roster.members] == ["boss"]
        await say(network, room, person("bob"), "hello")
        await anna.join(room, "anna")
        joined = await bridge.saw(MembersChanged, lambda change: change.joined)
        assert [account.name for account in joined.joined] == ["anna"]
        await anna.join(room, "anna-2")
        renamed = await bridge.saw(MembersChanged, lambda change: change.renamed)
        assert [(account.user, account.name) for account in renamed.renamed] == [
            (joined.joined[0].user, "anna-2")
        ]
        anna.leave(room)
        left = await bridge.saw(MembersChanged, lambda change: change.left)
        assert left.left == (joined.joined[0].user,)
        changes = [state for state in bridge.states if isinstance(state, MembersChanged)]
        assert len(changes) == 3


async def test_a_mention_becomes_the_nick_that_the_person_has_in_this_room(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"mentions@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await anna.say(room, "me")
        user = (await bridge.event(MessageSent)).author.user
        send = Send(
            key="mention",
            room=RoomRef("xmpp", room),
            speaker=person("bob"),
            content=Content((Paragraph((Mention("Anna A.", user), Text(": hi"))),)),
            time=0,
        )
        await network.deliver(send, network.render(send), 0)
        await anna.wait_for(lambda said: said.body == "anna: hi")


async def test_a_late_message_carries_a_delay_of_ours(prosody: Prosody, anna: Occupant) -> None:
    room = f"late@{prosody.muc}"
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "old news", late=True, time=1.5)
        said = await anna.wait_for(lambda said: said.body == "old news")
    delay = said.raw.find(DELAY)
    assert delay.get("from") == prosody.component
    assert delay.get("stamp") == "1970-01-01T00:00:01.500Z"


async def test_without_puppets_the_relay_speaks(prosody: Prosody, anna: Occupant) -> None:
    room = f"relay@{prosody.muc}"
    policy = LegPolicy(puppets="off", relay="[{name}] ")
    async with running(prosody, room, policy=policy) as (network, _):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "hi", key="1")
        await say(network, room, person("bob"), "waves", key="2", content={"style": "emote"})
        assert (await anna.wait_for(lambda said: said.body == "[bob] hi")).nick == "tercet"
        await anna.wait_for(lambda said: said.body == "* bob waves")


async def test_the_subject_goes_both_ways_and_only_news_is_reported(
    prosody: Prosody, anna: Occupant, boss: Occupant
) -> None:
    room = f"subject@{prosody.muc}"
    await boss.join(room, "boss")
    boss.subject(room, "before")
    await boss.wait_for(lambda said: said.body == "before")
    async with running(prosody, room) as (network, bridge):
        boss.subject(room, "by boss")
        changed = await bridge.event(TopicChanged)
        assert (changed.topic, changed.author and changed.author.name) == ("by boss", "boss")
        topic = SetTopic(key="t", room=RoomRef("xmpp", room), topic="by us")
        with pytest.raises(Rejected, match="not allowed"):
            await network.deliver(topic, network.render(topic), 0)
        boss.set_role(room, "tercet", "moderator")
        await boss.presences.wait_for(
            lambda it: it.get("from") == f"{room}/tercet" and b"moderator" in _bytes(it)
        )
        await network.deliver(topic, network.render(topic), 0)
        await boss.wait_for(lambda said: said.body == "by us")
        await network.deliver(topic, network.render(topic), 0)
        assert len(bridge.all(TopicChanged)) == 1


def _bytes(xml: object) -> bytes:
    from xml.etree.ElementTree import Element, tostring

    assert isinstance(xml, Element)
    return tostring(xml)


async def test_a_private_word_reaches_one_occupant(prosody: Prosody, anna: Occupant) -> None:
    room = f"tell@{prosody.muc}"
    whispers: list[str] = []
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await anna.say(room, "hello")
        author = (await bridge.event(MessageSent)).author
        heard = asyncio.Event()

        def whisper(message: object) -> None:
            whispers.append(message["body"])  # type: ignore[index]
            heard.set()

        anna.client.add_event_handler("message", lambda m: m["type"] == "chat" and whisper(m))
        tell = Tell(key="w", room=RoomRef("xmpp", room), user=author.user, text="not delivered")
        await network.deliver(tell, network.render(tell), 0)
        await asyncio.wait_for(heard.wait(), 5)
        assert whispers == ["not delivered"]
        gone = Tell(key="x", room=tell.room, user=person("nobody", "xmpp").user, text="?")
        with pytest.raises(Rejected):
            await network.deliver(gone, network.render(gone), 0)


async def test_the_bridge_itself_speaks_through_the_listener(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"say@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        notice = Say(key="n", room=RoomRef("xmpp", room), text="*linked*")
        delivered = await network.deliver(notice, network.render(notice), 0)
        assert delivered.parts[0][0].startswith("sid:")
        network.show(Announcement(RoomRef("xmpp", room), "disk full"))
        assert (await anna.wait_for(lambda said: said.body == "*linked*")).nick == "tercet"
        await anna.wait_for(lambda said: said.body == "disk full")
        assert not bridge.all(MessageSent)


async def test_whoever_should_be_seen_is_seen_until_they_are_gone(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"presence@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        ref = RoomRef("xmpp", room)
        network.show(Presence(ref, person("bob"), True))
        await bridge.saw(PuppetNamed, lambda named: named.name == "bob")
        await anna.occupants(room, {"bob"})
        network.show(Presence(ref, person("bob"), False, "Quit: bye"))
        await bridge.saw(PuppetNamed, lambda named: named.name == "")
        gone = await anna.presences.wait_for(
            lambda it: it.get("type") == "unavailable" and it.get("from") == f"{room}/bob"
        )
        assert gone.findtext("{jabber:client}status") == "Quit: bye"


async def test_a_person_who_takes_another_name_takes_another_nick(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"renames@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        bob = person("bob")
        await say(network, room, bob, "one")
        await say(network, room, Account(bob.user, "robert"), "two")
        assert (await anna.wait_for(lambda said: said.body == "two")).nick == "robert"
        await bridge.saw(PuppetNamed, lambda named: named.name == "robert")
        assert anna.present(room) == {"anna", "tercet", "robert"}


async def test_leaving_takes_everybody_out_after_a_farewell(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"leaving@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "hi")
        await network.leave(RoomRef("xmpp", room), "this room is not linked any longer")
        await anna.wait_for(lambda said: said.body.startswith("this room is not"))
        await anna.presences.wait_for(lambda _: anna.present(room) == {"anna"})
        assert bridge.state.facts == {}
        assert network.figures()["rooms"] == 0


async def test_when_the_daemon_stops_everybody_leaves_at_once(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"stops@{prosody.muc}"
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        for name in ("bob", "eve", "mallory"):
            await say(network, room, person(name), "hi")
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 2
    await anna.presences.wait_for(lambda _: anna.present(room) == {"anna"})


async def test_find_wants_a_room_on_a_room_service(prosody: Prosody) -> None:
    async with running(prosody, f"find@{prosody.muc}") as (network, _):
        found = await network.find(f"xmpp:Lounge@{prosody.muc}?join")
        assert found == RoomRef("xmpp", f"lounge@{prosody.muc}")
        for wrong, words in {
            "lounge": "write a room as",
            f"a@{prosody.muc}/nick": "write a room as",
            f"a@{prosody.domain}": "not a room service",
            "a@nowhere.localhost": "no room service",
            f"a@{prosody.component}": "this bridge itself",
            "": "write a room as",
        }.items():
            with pytest.raises(Rejected, match=words):
                await network.find(wrong)


async def test_probe_says_what_is_wrong(prosody: Prosody) -> None:
    good = XmppNetwork("xmpp", config(prosody, jid=prosody.second_component))
    assert [finding.level for finding in await good.probe()] == ["ok"]
    for changes, words in (
        ({"secret": "wrong"}, "secret"),
        ({"server": "127.0.0.1:1"}, "cannot connect"),
        ({"jid": "elsewhere.localhost"}, "elsewhere.localhost"),
    ):
        settings = {"jid": prosody.second_component} | changes
        network = XmppNetwork("xmpp", config(prosody, **settings))
        findings = await network.probe()
        assert findings[0].level == "error"
        assert words in findings[0].text


async def test_a_wrong_secret_is_named_and_not_hammered(prosody: Prosody) -> None:
    network = XmppNetwork("xmpp", config(prosody, jid=prosody.second_component, secret="wrong"))
    bridge = Bridge()
    task = asyncio.create_task(network.run(bridge))
    status = await bridge.saw(NetworkStatus)
    assert not status.up
    assert "component_secret" in status.detail
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(bridge.states) == 1


async def test_a_banned_listener_says_what_to_do(prosody: Prosody, boss: Occupant) -> None:
    room = f"banned@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (_, bridge):
        boss.set_affiliation(room, f"tercet@{prosody.component}", "outcast", "no bots")
        status = await bridge.saw(RoomStatus, lambda status: not status.up)
        assert status.refused
        assert "no bots" in status.detail
        assert f"unban tercet@{prosody.component}" in status.detail
