"""Ghosts."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bridge.model import Account, MessageSent, PuppetNamed, PuppetRemoved, RoomRef, Say, UserRef
from protocols.matrix.puppets import shown_name
from tests.protocols.matrix.bridge import Memory, person, running, say, someone
from tests.protocols.matrix.fake import Fake, error, misbehaving
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse

BOB = "@_irc_bob:hs.localhost"


async def test_a_person_of_another_network_speaks_as_a_ghost_at_their_own_time(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        event_id = await say(network, room, someone("bob"), "hello", key="k1", hop="here")
        seen = await alice.event(lambda event: event["event_id"] == event_id)
        named = await bridge.saw(PuppetNamed)
        await say(network, room, someone("bob"), "again")
        await alice.wait_for(lambda said: said.body == "again")
    assert seen["sender"] == BOB
    assert seen["origin_server_ts"] == 1_785_578_400_000
    assert seen["content"]["m.mentions"] == {}
    assert seen["content"]["dev.tercet.key"] == "k1"
    assert seen["content"]["dev.tercet.hop"] == "here"
    assert (named.user, named.name) == (UserRef("irc", "bob"), "bob")
    assert bridge.all(MessageSent) == []


async def test_a_ghost_is_made_named_and_joined_once_even_over_a_restart(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    state, mxid = Memory(), "@_irc_once:hs.localhost"
    for text in ("one", "two"):
        async with running(synapse, room, state=state) as (network, _):
            await say(network, room, someone("once"), text)
            await say(network, room, someone("once"), text + " more")
            await alice.wait_for(lambda said, text=text: said.body == text + " more")
    entered = [
        event["content"]["membership"]
        for event in alice.events.items
        if event["type"] == "m.room.member" and event["state_key"] == mxid
    ]
    assert entered == ["join"]


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with misbehaving() as server:
        yield server


async def test_a_new_name_is_set_once_and_not_with_every_line(fake: Fake) -> None:
    user = UserRef("irc", "bob")
    async with running(fake, "!r") as (network, _):
        for number, name in enumerate(["bob", "bob", "bobby", "bob", "bobby"]):
            await say(network, "!r", Account(user, name), f"{number}")
    names = [body for _, path, query, body in fake.asked("/displayname") if "user_id" in query]
    assert names[1:] == [b'{"displayname":"bob"}']  # the first is the bot's own
    assert len(fake.asked("/send/")) == 5


async def test_only_pictures_of_matrix_are_set(fake: Fake) -> None:
    async with running(fake, "!r") as (network, _):
        for number, avatar in enumerate(["https://x/cat.png", "sha1:ab", "mxc://hs/cat"] * 2):
            account = Account(UserRef("irc", "bob"), "bob", avatar=avatar)
            await say(network, "!r", account, f"{number}")
    assert [body for _, _, _, body in fake.asked("/avatar_url")] == [
        b'{"avatar_url":"mxc://hs/cat"}'
    ]


async def test_a_refused_name_does_not_silence_anybody(fake: Fake) -> None:
    fake.next("/@_irc_bob:hs/displayname", error(403, "M_FORBIDDEN", "no changes"))
    async with running(fake, "!r") as (network, _):
        await say(network, "!r", someone("bob"), "one")
    assert fake.asked("/send/")[0][2]["user_id"] == "@_irc_bob:hs"


async def test_one_ghost_in_two_rooms_at_once_is_made_once(fake: Fake) -> None:
    async with running(fake, "!a", "!b") as (network, _):
        await asyncio.gather(*(say(network, room, someone("bob"), room) for room in ("!a", "!b")))
    made = [body for _, _, _, body in fake.asked("/register") if b"_irc_bob" in body]
    assert len(made) == 1


async def test_a_thousand_people_who_never_speak_get_no_ghosts(fake: Fake) -> None:
    async with running(fake, "!r") as (network, _):
        await say(network, "!r", someone("bob"), "hi")
        assert network.figures()["ghosts_in_rooms"] == 1


async def test_a_name_that_is_too_long_still_has_a_ghost_that_is_known_again(fake: Fake) -> None:
    state, user = Memory(), UserRef("irc", "é" * 300)
    async with running(fake, "!r", state=state) as (network, _):
        await say(network, "!r", Account(user, "long"), "hi")
    (sent,) = fake.asked("/send/")
    mxid = sent[2]["user_id"]
    kick = {
        "type": "m.room.member",
        "room_id": "!r",
        "sender": "@alice:hs",
        "state_key": mxid,
        "content": {"membership": "leave"},
        "unsigned": {"prev_content": {"membership": "join"}},
    }
    async with running(fake, "!r", state=state) as (_, bridge):
        await fake.push(1, kick)
        removed = await bridge.event(PuppetRemoved)
    assert removed.user == user


@pytest.mark.parametrize(
    ("name", "shown"), [("bob", "bob"), (" a\nb ", "a b"), ("\x00", "id"), ("x" * 200, "x" * 100)]
)
def test_names_are_one_short_line(name: str, shown: str) -> None:
    assert shown_name(Account(UserRef("irc", "id"), name)) == shown


async def test_a_homeserver_that_was_set_up_anew_gets_everybody_again(
    new_synapse: Callable[[], Synapse],
) -> None:
    state = Memory()
    for _ in range(2):
        synapse = new_synapse()
        async with person(synapse, "alice") as alice:
            room = await alice.create_room("lounge")
            async with running(synapse, room, state=state) as (network, _):
                await say(network, room, someone("bob"), "hello", key=room)
                said = await alice.wait_for(lambda said: said.body == "hello")
                command = Say(key=room + "say", room=RoomRef("mx", room), text="linked")
                await network.deliver(command, network.render(command), 0)
                await alice.wait_for(lambda said: said.body == "linked")
        synapse.stop()
        assert said.nick == "bob"
