"""A visited room on a real Prosody: what is heard there, and from whom."""

import time

from bridge.model import (
    MembersChanged,
    MessageSent,
    RoomRef,
    Roster,
    TopicChanged,
    plain,
)
from tests.protocols.xmpp.bridge import Memory, eventually, person, running, say
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody


def texts(events: list[MessageSent]) -> list[str]:
    return [plain(event.content) for event in events]


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


async def test_nothing_that_is_said_while_the_stream_breaks_is_missing_or_out_of_order(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"breaks@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        for number in range(150):
            if number % 50 == 25:
                await eventually(lambda: network.figures()["rooms_up"])
                assert network._wire
                network._wire.component.transport.abort()
            await anna.say(room, f"{number}")
        await bridge.event(MessageSent, lambda sent: plain(sent.content) == "149")
    heard = {sent.ids[0]: plain(sent.content) for sent in bridge.all(MessageSent)}
    assert list(heard.values()) == [f"{number}" for number in range(150)]
