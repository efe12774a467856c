"""The three clients against the real servers: what one says the other sees."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.servers.clients import IrcClient, MatrixClient, Occupant
from tests.servers.clients.irc import parse
from tests.servers.ergo import Ergo
from tests.servers.inspircd import InspIRCd
from tests.servers.prosody import Prosody
from tests.servers.synapse import Synapse

Connect = Callable[[Occupant | IrcClient | MatrixClient], Awaitable[None]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Connect clients that are closed at the end of the test."""
    async with AsyncExitStack() as stack:

        async def enter(client: Occupant | IrcClient | MatrixClient) -> None:
            stack.push_async_callback(client.close)
            await client.connect()

        yield enter


async def test_an_occupant_sees_what_another_says(prosody: Prosody, connect: Connect) -> None:
    room = f"clients@{prosody.muc}"
    alice, bob = Occupant("alice", prosody.c2s_port), Occupant("bob", prosody.c2s_port)
    for client, nick in ((alice, "Alice"), (bob, "Bob")):
        await connect(client)
        await client.join(room, nick)
    said = await alice.say(room, "hello")
    assert said.raw.find("{urn:xmpp:sid:0}stanza-id") is not None
    await alice.emote(room, "waves")
    alice.subject(room, "Weather")
    assert (await bob.wait_for(lambda said: said.body == "hello")).nick == "Alice"
    assert (await bob.wait_for(lambda said: said.kind == "emote")).body == "waves"
    await bob.wait_for(lambda said: said.kind == "subject" and said.body == "Weather")
    await bob.occupants(room, {"Alice", "Bob"})
    assert bob.present(room) == {"Alice", "Bob"}
    alice.set_role(room, "Bob", "none", "enough")
    await bob.presences.wait_for(lambda presence: presence.get("type") == "unavailable")


async def test_an_occupant_comes_back_without_seeing_history_twice(
    new_prosody: Callable[..., Prosody],
) -> None:
    prosody = new_prosody()
    room = f"back@{prosody.muc}"
    alice, bob = Occupant("alice", prosody.c2s_port), Occupant("bob", prosody.c2s_port)
    await alice.connect()
    await bob.connect()
    await alice.join(room, "Alice")
    await bob.join(room, "Bob")
    await alice.say(room, "one")
    await bob.wait_for(lambda said: said.body == "one")
    await asyncio.to_thread(prosody.restart)
    await alice.closed()
    await alice.connect()
    await alice.say(room, "two")
    await bob.connect()
    assert (await bob.wait_for(lambda said: said.body == "two")).late
    assert [said.body for said in bob.messages.items if said.body] == ["one", "two"]
    await alice.close()
    await bob.close()


@pytest.mark.parametrize("which", ["inspircd", "ergo"])
async def test_an_irc_client_sees_what_another_says(
    which: str, request: pytest.FixtureRequest, connect: Connect
) -> None:
    server: InspIRCd | Ergo = request.getfixturevalue(which)
    anna, ben = IrcClient("anna", server.port), IrcClient("ben", server.port)
    await asyncio.gather(connect(anna), connect(ben))
    await anna.join("#clients")
    await ben.join("#clients")
    assert {"anna", "ben"} <= await ben.names("#clients")
    echo = await anna.say("#clients", "hello")
    assert echo is not None
    assert echo.tags["msgid"]
    await anna.action("#clients", "waves")
    await anna.notice("#clients", "look")
    anna.topic("#clients", "Weather")
    said = await ben.wait_for(lambda said: said.body == "hello")
    assert (said.nick, said.raw.tags["msgid"]) == ("anna", echo.tags["msgid"])
    assert (await ben.wait_for(lambda said: said.kind == "emote")).body == "waves"
    assert (await ben.wait_for(lambda said: said.kind == "notice")).body == "look"
    assert (await ben.wait_for(lambda said: said.kind == "subject")).body == "Weather"
    await anna.rename("hannah")
    await ben.line(lambda line: line.command == "NICK" and line.params == ("hannah",))
    assert anna.nick == "hannah"


async def test_an_irc_client_checks_the_certificate(inspircd: InspIRCd, connect: Connect) -> None:
    trusting = ssl.create_default_context(cafile=str(inspircd.ca_file))
    await connect(IrcClient("tessa", inspircd.tls_port, tls=trusting))
    suspicious = IrcClient("sam", inspircd.tls_port, tls=ssl.create_default_context())
    with pytest.raises(ssl.SSLCertVerificationError):
        await suspicious.connect()


async def test_a_matrix_client_sees_what_another_says(synapse: Synapse, connect: Connect) -> None:
    alice, bob = (
        MatrixClient(synapse.url, synapse.user_id(name), synapse.token(name))
        for name in ("alice", "bob")
    )
    await connect(alice)
    await connect(bob)
    room = await alice.create_room("Clients", alias="clients", invite=(bob.user_id,))
    assert await bob.join(f"#clients:{synapse.server_name}") == room
    await alice.say(room, "hello", "<b>hello</b>")
    await alice.emote(room, "waves")
    await alice.topic(room, "Weather")
    said = await bob.wait_for(lambda said: said.body == "hello")
    assert (said.nick, said.raw["content"]["formatted_body"]) == ("alice", "<b>hello</b>")
    assert (await bob.wait_for(lambda said: said.kind == "emote")).body == "waves"
    assert (await bob.wait_for(lambda said: said.kind == "subject")).body == "Weather"
    assert set(await bob.members(room)) == {alice.user_id, bob.user_id}


async def test_a_matrix_client_misses_nothing_while_the_homeserver_restarts(
    new_synapse: Callable[..., Synapse], connect: Connect
) -> None:
    synapse = new_synapse()
    alice = MatrixClient(synapse.url, synapse.user_id("alice"), synapse.token("alice"))
    await connect(alice)
    room = await alice.create_room("Restart")
    await alice.say(room, "one")
    await alice.wait_for(lambda said: said.body == "one")
    await asyncio.to_thread(synapse.restart)
    await alice.say(room, "two")
    await alice.wait_for(lambda said: said.body == "two")
    assert [said.body for said in alice.messages.items] == ["one", "two"]


def test_a_line_is_taken_apart() -> None:
    line = parse(r"@label=a\sb;msgid=x :anna!a@host PRIVMSG #room :hello: you")
    assert line.tags == {"label": "a b", "msgid": "x"}
    assert (line.nick, line.command, line.params) == ("anna", "PRIVMSG", ("#room", "hello: you"))
    assert parse("PING token").params == ("token",)
