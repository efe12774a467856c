"""Private messages, from both of the addresses that one person has."""

import pytest

from bridge.model import Rejected, RoomRef, Tell, Whisper, from_text, plain
from tests.protocols.xmpp.hosted.house import Client, House, condition, irc, ours, room

BOB = "bob%irc.example.net@bridge.localhost"


async def whisper(house: House, text: str, key: str = "w1", who: str = "bob") -> None:
    assert house.network
    await house.network.whisper(
        Whisper(key=key, speaker=irc(who), to="alice@localhost", content=from_text(text), time=1e9)
    )


async def test_a_message_to_a_nick_is_passed_on_and_answered(house: House, anna: Client) -> None:
    await anna.join("#pm", "annika")
    anna.send(f"<message type='chat' id='p1' to='{BOB}'><body>psst</body></message>")
    private = await house.until(lambda: house.private)
    assert (private[0].network, private[0].to) == ("irc.example.net", "bob")
    assert (plain(private[0].content), private[0].author.user) == ("psst", ours("alice"))
    assert private[0].room is None
    await whisper(house, "yes?")
    seen = await anna.body("yes?")
    assert (seen.get("from"), seen.get("type"), seen.get("id")) == (BOB, "chat", "w1")


async def test_within_a_room_one_is_answered_within_it(house: House, anna: Client) -> None:
    house.members["#within"] = (irc("bob"),)
    await anna.join("#within", "anna")
    occupant = f"{room('#within')}/bob"
    anna.send(
        f"<message type='chat' id='p2' to='{occupant}'><body>psst</body>"
        "<x xmlns='http://jabber.org/protocol/muc#user'/></message>"
    )
    (private,) = await house.until(lambda: house.private)
    assert (private.network, private.to) == ("irc.example.net", "bob")
    assert private.room == RoomRef("xmpp", room("#within"))
    assert private.author.name == "anna"
    await whisper(house, "yes?")
    seen = await anna.body("yes?")
    assert seen.get("from") == occupant
    assert seen.find("{http://jabber.org/protocol/muc#user}x") is not None
    assert seen.find("{urn:xmpp:hints}no-copy") is not None


async def test_once_out_of_the_room_the_other_address_is_used(house: House, anna: Client) -> None:
    house.members["#out"] = (irc("bob"),)
    await anna.join("#out", "anna")
    anna.send(f"<message type='chat' to='{room('#out')}/bob'><body>psst</body></message>")
    await house.until(lambda: house.private)
    anna.send(f"<presence type='unavailable' to='{room('#out')}/anna'/>")
    await anna.presence(lambda xml: xml.get("type") == "unavailable")
    await whisper(house, "still there?")
    assert (await anna.body("still there?")).get("from") == BOB


async def test_who_never_wrote_is_written_to_from_the_server_they_know(
    house: House, anna: Client
) -> None:
    await anna.join("#server", "anna")
    await whisper(house, "hello stranger", who="Zoë")
    seen = await anna.body("hello stranger")
    assert seen.get("from") == "%irc.example.net@bridge.localhost/Zoë"


async def test_what_did_not_arrive_comes_back(house: House, anna: Client) -> None:
    anna.send(f"<message type='chat' id='p3' to='{BOB}'><body>psst</body></message>")
    (private,) = await house.until(lambda: house.private)
    assert house.network
    tell = Tell(
        key="t",
        room=RoomRef("xmpp", ""),
        user=ours("alice"),
        text="No such nick",
        about=private.ids,
        why="unknown",
    )
    await house.network.deliver(tell, house.network.render(tell), 0)
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert (error.get("id"), error.get("from"), condition(error)) == ("p3", BOB, "item-not-found")
    assert error.findtext("{*}error/{*}text") == "No such nick"


async def test_what_the_bridge_will_not_take_comes_back(house: House, anna: Client) -> None:
    async def refuse(private: object) -> None:
        raise Rejected("there is no such network", "unknown")

    house.whisper = refuse  # type: ignore[method-assign, assignment]
    anna.send(f"<message type='chat' id='p4' to='{BOB}'><body>psst</body></message>")
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert condition(error) == "item-not-found"


@pytest.mark.parametrize(
    ("to", "children", "expected"),
    [
        (f"{room('#in')}/nobody", "<body>x</body>", "item-not-found"),
        (f"{room('#elsewhere')}/bob", "<body>x</body>", "not-acceptable"),
        (BOB, "<body>x</body><encrypted xmlns='urn:xmpp:omemo:2'/>", "not-acceptable"),
    ],
)
async def test_what_cannot_be_said_is_refused(
    house: House, anna: Client, to: str, children: str, expected: str
) -> None:
    await anna.join("#in", "anna")
    anna.send(f"<message type='chat' id='p5' to='{to}'>{children}</message>")
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert (error.get("id"), condition(error)) == ("p5", expected)
    assert house.private == []


async def test_signs_are_no_messages(house: House, anna: Client) -> None:
    state = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
    anna.send(f"<message type='chat' to='{BOB}'>{state}</message>")
    anna.send(f"<message type='chat' to='{BOB}'><body>psst</body></message>")
    (private,) = await house.until(lambda: house.private)
    assert plain(private.content) == "psst"
