"""Saying things in a room of a real Prosody, and knowing that they were said."""

import asyncio
import time
from collections.abc import Callable

import msgspec
import pytest

from bridge.model import (
    Account,
    Announcement,
    CopyConfirmed,
    LegPolicy,
    Mention,
    MessageSent,
    Paragraph,
    PuppetNamed,
    Rejected,
    RoomRef,
    Say,
    Send,
    SetTopic,
    Tell,
    Text,
    Thread,
    TopicChanged,
    Unavailable,
    from_text,
    plain,
)
from bridge.model.content import Content
from tests.protocols.xmpp.bridge import Memory, person, running, say
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody

HOP = "{urn:tercet:hop:0}hop"


ORIGIN = "{urn:xmpp:sid:0}origin-id"


DELAY = "{urn:xmpp:delay}delay"


def _bytes(xml: object) -> bytes:
    from xml.etree.ElementTree import Element, tostring

    assert isinstance(xml, Element)
    return tostring(xml)


def _role(presence: object) -> str:
    from xml.etree.ElementTree import Element, tostring

    assert isinstance(presence, Element)
    return tostring(presence).decode()


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
        said = await anna.wait_for(lambda said: said.body == "anna: hi")
        mention = said.raw.find("{urn:xmpp:mentions:0}mention")
        assert (mention.get("begin"), mention.get("end")) == ("0", "4")
        assert user.id.endswith(f"/occ:{mention.get('occupantid')}")


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
        await say(network, room, person("bob"), "hi")  # his puppet may not; we may
        topic = msgspec.structs.replace(topic, key="b", topic="by bob", speaker=person("bob"))
        await network.deliver(topic, network.render(topic), 0)
        assert (await boss.wait_for(lambda said: said.body == "by bob")).nick == "tercet"
        assert len(bridge.all(TopicChanged)) == 1


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


async def test_what_the_room_refuses_is_rejected_in_its_words(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"moderated@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (network, _):
        await say(network, room, person("bob"), "one")
        boss.set_role(room, "bob", "visitor")
        await boss.presences.wait_for(
            lambda it: it.get("from") == f"{room}/bob" and "visitor" in _role(it)
        )
        with pytest.raises(Rejected, match="forbidden"):
            await say(network, room, person("bob"), "two")


async def test_a_doubtful_message_that_arrived_is_found_in_the_join_history(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"doubt@{prosody.muc}"
    state = Memory()
    await anna.join(room, "anna")
    async with running(prosody, room, state=state) as (network, _):
        ids = await say(network, room, person("bob"), "once", key="k1", time=time.time())
    async with running(prosody, room, state=state) as (network, _):
        found = await say(
            network, room, person("bob"), "once", key="k1", doubtful=True, time=time.time()
        )
        assert found == ids
        await say(network, room, person("bob"), "new", key="k2", doubtful=True, time=time.time())
        await anna.wait_for(lambda said: said.body == "new")
    assert [said.body for said in anna.messages.items if said.body == "once"] == ["once"]


async def test_a_doubtful_message_is_looked_for_in_the_archive(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"archive@{prosody.muc}"
    await anna.join(room, "anna")
    async with running(prosody, room) as (network, _):
        ids = await say(network, room, person("bob"), "once", key="k1", time=time.time())
        for number in range(120):
            await anna.say(room, f"filler {number}")
    async with running(prosody, room) as (network, bridge):  # a new link: no history is asked for
        found = await say(
            network, room, person("bob"), "once", key="k1", doubtful=True, time=time.time() - 60
        )
        assert found == ids
        asked = network.figures()["stanzas_sent"]
        await say(network, room, person("bob"), "no", key="k3", doubtful=True, time=time.time())
        assert network.figures()["stanzas_sent"] - asked < 5
        assert not bridge.all(CopyConfirmed)
    assert [said.body for said in anna.messages.items if said.body == "once"] == ["once"]


async def test_a_stream_that_breaks_takes_nobodys_message_with_it(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"broken@{prosody.muc}"
    await anna.join(room, "anna")
    async with running(prosody, room) as (network, bridge):
        await say(network, room, person("bob"), "in")
        start = len(bridge.states)
        under_way = [
            asyncio.create_task(say(network, room, person(name), f"by {name}", key=name))
            for name in ("bob", "eve")
        ]
        await asyncio.sleep(0)
        assert network._wire
        network._wire.component.transport.abort()
        results = await asyncio.gather(*under_way, return_exceptions=True)
        assert all(isinstance(result, Unavailable) for result in results)
        await bridge.up(RoomRef("xmpp", room), start)
        for name in ("bob", "eve"):
            await say(
                network,
                room,
                person(name),
                f"by {name}",
                key=name,
                doubtful=True,
                time=time.time() - 5,
            )
        await anna.say(room, "end")
    said = [said.body for said in anna.messages.items]
    assert said.count("by bob") == said.count("by eve") == 1


async def test_a_long_text_is_cut_and_leads_to_the_rest(prosody: Prosody, anna: Occupant) -> None:
    room = f"long@{prosody.muc}"
    async with running(prosody, room, max_bytes=2000) as (network, _):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "é&<" * 1000, more="[full text: https://x]")
        said = await anna.wait_for(lambda said: said.nick == "bob")
    assert said.body.endswith("…\n[full text: https://x]")
    assert 1000 > len(said.body) > 200


async def test_control_characters_and_markup_arrive_as_harmless_text(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"nasty@{prosody.muc}"
    nasty = "\x00\x01VERSION\x01 </body></message> ]]> & \ufffe\ud800 'a\"\r\nb"
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), nasty, hop="'/><x>\x00")
        said = await anna.wait_for(lambda said: said.nick == "bob")
        with pytest.raises(Rejected):
            await say(network, room, person("bob"), "\x00\x01 \n")
    assert said.body == "VERSION </body></message> ]]> &  'a\"\nb"


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_numbered_messages_arrive_once_and_in_order_while_the_server_goes_and_comes(
    new_prosody: Callable[..., Prosody], end: str
) -> None:
    prosody = new_prosody()
    room = f"numbers@{prosody.muc}"
    ref = RoomRef("xmpp", room)
    speakers = [person("bob"), person("eve"), person("ida")]
    anna = Occupant("alice", prosody.c2s_port)
    await anna.connect()
    await anna.join(room, "anna")
    async with running(prosody, room) as (network, bridge):

        async def talk(speaker: Account) -> None:
            for number in range(60):
                send = Send(
                    key=f"{speaker.name}-{number}",
                    room=ref,
                    speaker=speaker,
                    content=from_text(f"{speaker.name} {number}"),
                    time=time.time(),
                )
                while True:
                    start = len(bridge.states)
                    try:
                        await network.deliver(send, network.render(send), 0)
                        break
                    except Unavailable:
                        send = msgspec.structs.replace(send, doubtful=True)
                        if not network._rooms[room].is_up:
                            await bridge.up(ref, start)

        talking = [asyncio.create_task(talk(speaker)) for speaker in speakers]
        await anna.wait_for(lambda said: said.body == "bob 20")
        getattr(prosody, end)()
        prosody.start()
        await anna.connect()
        await asyncio.gather(*talking)
        await anna.say(room, "end")
        await anna.wait_for(lambda said: said.body == "end")
    for speaker in speakers:
        said = [it.body for it in anna.messages.items if it.body.startswith(speaker.name)]
        assert said == [f"{speaker.name} {number}" for number in range(60)]
    await anna.close()


async def test_an_answer_in_a_thread_is_found_again_by_the_name_we_gave_it(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"threaded@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        ids = await say(network, room, person("bob"), "in a thread", thread=Thread("us.t1", (), ()))
        said = await anna.wait_for(lambda it: it.body == "in a thread")
        name = said.raw.findtext("{jabber:client}thread")
        await anna.say(room, "me too", f"<thread xmlns='jabber:client'>{name}</thread>")
        answer = await bridge.event(MessageSent)
        assert answer.thread == "thread:us.t1"
        assert answer.thread in ids
