"""The XMPP network against a real Prosody when things go wrong."""

import asyncio
import time
from collections.abc import Callable

import pytest

from bridge.model import (
    CopyConfirmed,
    LegPolicy,
    MessageSent,
    NetworkStatus,
    Presence,
    PuppetNamed,
    PuppetRemoved,
    Rejected,
    RoomRef,
    RoomStatus,
    Send,
    TopicChanged,
    Unavailable,
    from_text,
    plain,
)
from protocols.xmpp import encode
from tests.protocols.xmpp.bridge import Memory, person, running, say
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody


async def eventually(condition: Callable[[], object], timeout: float = 10.0) -> None:
    """Wait for what nothing announces."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)


def texts(events: list[MessageSent]) -> list[str]:
    return [plain(event.content) for event in events]


async def test_a_kicked_puppet_stays_out_and_its_person_speaks_through_the_relay(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"kicked@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (network, bridge):
        bob = person("bob")
        await say(network, room, bob, "spam")
        boss.set_role(room, "bob", "none", "no spam")
        removed = await bridge.event(PuppetRemoved)
        assert (removed.user, removed.by, removed.reason) == (bob.user, "boss", "no spam")
        assert not removed.banned
        await say(network, room, bob, "sorry")
        assert (await boss.wait_for(lambda said: "sorry" in said.body)).body == "<bob> sorry"
        network.show(Presence(RoomRef("xmpp", room), bob, False))
        await eventually(lambda: "barred" not in str(bridge.state.facts))
        await say(network, room, bob, "back")
        assert (await boss.wait_for(lambda said: said.body == "back")).nick == "bob"


async def test_a_ban_is_remembered_over_a_restart(prosody: Prosody, boss: Occupant) -> None:
    room = f"ban@{prosody.muc}"
    await boss.join(room, "boss")
    bob, state = person("bob"), Memory()
    async with running(prosody, room, state=state) as (network, bridge):
        await say(network, room, bob, "spam")
        jid = network._rooms[room].puppets.jid(bob.user)
        assert jid
        boss.set_affiliation(room, jid.partition("/")[0], "outcast", "out")
        removed = await bridge.event(PuppetRemoved)
        assert removed.banned
    async with running(prosody, room, state=state) as (network, bridge):
        await say(network, room, bob, "hello")
        await boss.wait_for(lambda said: said.body == "<bob> hello")
        assert not bridge.all(PuppetRemoved)


async def test_a_person_who_is_banned_already_speaks_through_the_relay(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"outcast@{prosody.muc}"
    await boss.join(room, "boss")
    boss.set_affiliation(room, f"irc%bob@{prosody.component}", "outcast")
    async with running(prosody, room) as (network, bridge):
        await say(network, room, person("bob"), "hello")
        await boss.wait_for(lambda said: said.body == "<bob> hello")
        assert (await bridge.event(PuppetRemoved)).banned


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


def _role(presence: object) -> str:
    from xml.etree.ElementTree import Element, tostring

    assert isinstance(presence, Element)
    return tostring(presence).decode()


async def test_a_listener_who_was_kicked_waits_before_it_comes_back(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"listener@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (network, bridge):
        boss.set_role(room, "tercet", "none", "go away")
        down = await bridge.saw(RoomStatus, lambda status: not status.up)
        assert "go away" in down.detail
        assert "boss" in down.detail
        with pytest.raises(Unavailable):
            await say(network, room, person("bob"), "hello")


async def test_a_password_and_a_members_list_are_named(prosody: Prosody, boss: Occupant) -> None:
    room = f"password@{prosody.muc}"
    await boss.join(room, "boss")
    await _configure(boss, room, "muc#roomconfig_roomsecret", "open sesame")
    async with running(prosody, room, policy=LegPolicy(password="open sesame")) as (network, _):
        await say(network, room, person("bob"), "in")
        await boss.wait_for(lambda said: said.nick == "bob")


async def _configure(owner: Occupant, room: str, field: str, value: str) -> None:
    iq = owner.client.make_iq_set(ito=room)
    from xml.etree.ElementTree import fromstring

    iq.append(
        fromstring(
            "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' "
            "type='submit'><field var='FORM_TYPE'><value>"
            "http://jabber.org/protocol/muc#roomconfig</value></field>"
            f"<field var='{field}'><value>{value}</value></field></x></query>"
        )
    )
    await iq.send()


async def test_after_a_restart_of_the_server_everybody_comes_back_and_misses_nothing(
    new_prosody: Callable[..., Prosody],
) -> None:
    prosody = new_prosody()
    room = f"restart@{prosody.muc}"
    anna = Occupant("alice", prosody.c2s_port)
    await anna.connect()
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "before")
        await anna.say(room, "one")
        start = len(bridge.states)
        prosody.stop()
        await bridge.saw(NetworkStatus, lambda status: not status.up, start)
        with pytest.raises(Unavailable):
            await say(network, room, person("bob"), "during")
        prosody.start()
        await bridge.up(RoomRef("xmpp", room), start)
        await anna.connect()
        await say(network, room, person("bob"), "after")
        assert (await anna.wait_for(lambda said: said.body == "after")).nick == "bob"
        await anna.say(room, "two")
        await bridge.event(MessageSent, lambda sent: plain(sent.content) == "two")
    await anna.close()
    ids = [sent.ids for sent in bridge.all(MessageSent)]
    assert sorted({plain(sent.content) for sent in bridge.all(MessageSent)}) == ["one", "two"]
    assert len(set(ids)) == 2


async def test_what_was_said_while_the_daemon_was_down_is_read_from_the_history(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"gap@{prosody.muc}"
    state = Memory()
    await anna.join(room, "anna")
    await anna.say(room, "before the link")
    async with running(prosody, room, state=state) as (network, bridge):
        await say(network, room, person("bob"), "from outside")
        await anna.say(room, "heard")
        heard = await bridge.event(MessageSent)
    assert texts(bridge.all(MessageSent)) == ["heard"]
    began = time.time()
    await anna.say(room, "in the gap")
    async with running(prosody, room, state=state) as (_, bridge):
        missed = await bridge.event(MessageSent, lambda sent: plain(sent.content) == "in the gap")
        assert not missed.live
        assert abs(missed.time - began) < 5
        # What overlaps has the id it had before; our own copies are nobody's messages.
        again = next(sent for sent in bridge.all(MessageSent) if sent.ids == heard.ids)
        assert plain(again.content) == "heard"
        assert not again.live
        assert "from outside" not in texts(bridge.all(MessageSent))
        assert "before the link" in texts(bridge.all(MessageSent))  # the overlap is a minute
        assert not bridge.all(TopicChanged)


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


async def test_who_was_left_over_from_a_crash_is_taken_out_before_the_room_is_told(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"crash@{prosody.muc}"
    state = Memory()
    await anna.join(room, "anna")
    async with running(prosody, room, state=state) as (network, _):
        await say(network, room, person("bob"), "hi")
        assert network._wire
        network._wire.component.transport.abort()  # as kill -9 would
        network._rooms.clear()
    async with running(prosody, room, state=state) as (_, bridge):
        await anna.presences.wait_for(lambda _: anna.present(room) == {"anna", "tercet"})
        from bridge.model import Roster

        roster = await bridge.saw(Roster)
        assert [member.name for member in roster.members] == ["anna"]


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


async def test_a_self_ping_finds_out_that_we_are_not_in_the_room(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"silent@{prosody.muc}"
    await anna.join(room, "anna")
    async with running(prosody, room, silence=1) as (network, bridge):
        start = len(bridge.states)
        # The room loses us without a word that we hear.
        wire = network._wire
        assert wire
        network._rooms[room].listener = f"tercet@{prosody.component}/tercet"
        quiet = network._rooms[room].on_presence
        network._rooms[room].on_presence = lambda xml: None  # type: ignore[method-assign]
        wire.post(encode.part(network._rooms[room].listener, f"{room}/tercet"))
        await bridge.saw(RoomStatus, lambda status: not status.up, start)
        network._rooms[room].on_presence = quiet  # type: ignore[method-assign]
        await bridge.up(RoomRef("xmpp", room), start)


async def test_encrypted_messages_are_not_passed_on_and_their_sender_is_told_once(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"omemo@{prosody.muc}"
    whispers: list[str] = []
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        anna.client.add_event_handler(
            "message", lambda m: m["type"] == "chat" and whispers.append(m["body"])
        )
        omemo = "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>"
        await anna.say(room, "I sent you an OMEMO encrypted message", omemo)
        await anna.say(room, "I sent you an OMEMO encrypted message", omemo)
        await anna.say(room, "plain")
        await bridge.event(MessageSent)
        await eventually(lambda: whispers)
    assert texts(bridge.all(MessageSent)) == ["plain"]
    assert len(whispers) == 1
    assert "encryption off" in whispers[0]


async def test_private_messages_to_us_are_refused_in_words_once(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"private@{prosody.muc}"
    errors: list[str] = []
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "hi")
        anna.client.add_event_handler("message_error", lambda m: errors.append(m["error"]["text"]))
        for _ in range(3):
            anna.client.send_message(f"{room}/bob", "psst", mtype="chat")
        await anna.say(room, "sync")
        await say(network, room, person("bob"), "sync too")
        await anna.wait_for(lambda said: said.body == "sync too")
    assert len(errors) == 1
    assert "private messages" in errors[0]


async def test_forged_marks_and_delays_of_an_occupant_are_not_believed(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"forged@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        said = await anna.say(
            room,
            "now",
            f"<stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='FORGED'/>",
            "<stanza-id xmlns='urn:xmpp:sid:0' by='elsewhere' id='FORGED2'/>",
            "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='victim'/>",
            f"<delay xmlns='urn:xmpp:delay' from='{room}' stamp='2001-01-01T00:00:00Z'/>",
        )
        sent = await bridge.event(MessageSent)
        assert said
    assert "FORGED" not in str(sent.ids)
    assert "victim" not in str(sent)
    assert sent.live
    assert abs(sent.time - time.time()) < 10


async def test_someone_elses_copy_of_our_mark_is_still_their_message(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"replay@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "original")
        mark = (await anna.wait_for(lambda said: said.body == "original")).raw.get("id")
        message = anna.client.make_message(room, mtype="groupchat", mbody="replayed")
        message["id"] = mark
        message.send()
        sent = await bridge.event(MessageSent)
    assert plain(sent.content) == "replayed"


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


async def test_many_people_come_back_after_the_stream_broke(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"many@{prosody.muc}"
    names = {f"person-{number}" for number in range(30)}
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await asyncio.gather(*(say(network, room, person(name), "hi") for name in names))
        start = len(bridge.states)
        assert network._wire
        network._wire.component.transport.abort()
        await bridge.until(
            lambda: (
                names
                == {
                    state.user.id
                    for state in bridge.states[start:]
                    if isinstance(state, PuppetNamed) and state.name
                }
                or None
            )
        )
        assert network.figures()["puppets"] == 30


async def test_a_command_for_a_room_we_are_not_in_waits() -> None:
    from protocols.xmpp.config import XmppConfig
    from protocols.xmpp.network import XmppNetwork

    network = XmppNetwork("xmpp", XmppConfig(jid="bridge.localhost", secret="x"))
    send = Send(
        key="k",
        room=RoomRef("xmpp", "a@b"),
        speaker=person("bob"),
        content=from_text("hi"),
        time=0,
    )
    with pytest.raises(Unavailable):
        await network.deliver(send, network.render(send), 0)
