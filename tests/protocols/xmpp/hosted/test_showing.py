"""What others say, as those in a hosted room see it."""

from bridge.model import (
    Content,
    Edit,
    File,
    Paragraph,
    React,
    Reply,
    Retract,
    RoomRef,
    Say,
    Send,
    SetTopic,
    Text,
    from_text,
)
from protocols.xmpp.hosted.showing import stable
from tests.protocols.xmpp.hosted.house import Client, House, irc, nick, room
from tests.protocols.xmpp.hosted.test_speech import OCCUPANT, SID


def test_the_rooms_own_id_is_found_among_its_makers() -> None:
    assert stable(("K", "oid:x/1", "attr:x/1")) == "K"
    assert stable(("attr:x/1", "K")) == "K"
    assert stable(("attr:x/1",)) == ""


async def test_all_ids_of_a_message_are_the_same(house: House, anna: Client) -> None:
    house.members["#ids"] = (irc("bob"),)
    await anna.join("#ids", "anna")
    house.say("#ids", irc("bob"), "hello", "stable-1")
    seen = await anna.body("hello")
    assert (nick(seen), seen.get("id"), seen.get("type")) == ("bob", "stable-1", "groupchat")
    assert seen.find("{urn:xmpp:sid:0}origin-id").get("id") == "stable-1"  # type: ignore[union-attr]
    (sid,) = seen.findall(SID)
    assert (sid.get("by"), sid.get("id")) == (room("#ids"), "stable-1")
    bob = await anna.presence(lambda xml: nick(xml) == "bob")
    assert bob.find(OCCUPANT).get("id") == seen.find(OCCUPANT).get("id")  # type: ignore[union-attr]


async def test_changes_name_the_message_in_the_rooms_words(house: House, anna: Client) -> None:
    bob = irc("bob")
    await anna.join("#native", "anna")
    assert house.network
    ref = RoomRef("xmpp", room("#native"))
    house.say("#native", bob, "teh cat", "k1")
    house.network.present(
        Edit(
            key="k2",
            room=ref,
            speaker=bob,
            target=(("k1",),),
            content=from_text("the cat"),
            time=1.0,
        )
    )
    edit = await anna.body("the cat")
    assert edit.find("{urn:xmpp:message-correct:0}replace").get("id") == "k1"  # type: ignore[union-attr]
    house.network.present(
        React(
            key="k3",
            room=ref,
            speaker=bob,
            target=("k1",),
            author=bob,
            reaction="👍",
            added=True,
            all=("👍", "🎉"),
        )
    )
    reaction = await anna.message(lambda xml: xml.get("id") == "k3")
    keys = [it.text for it in reaction.iter("{urn:xmpp:reactions:0}reaction")]
    assert keys == ["👍", "🎉"]
    house.network.present(
        Retract(key="k4", room=ref, speaker=bob, author=bob, target=(("k1",),), own=True)
    )
    gone = await anna.message(lambda xml: xml.get("id") == "k4")
    assert gone.find("{urn:xmpp:message-retract:1}retract").get("id") == "k1"  # type: ignore[union-attr]


async def test_a_moderators_deed_comes_from_the_room(house: House, anna: Client) -> None:
    house.members["#clean"] = (irc("oper"),)
    await anna.join("#clean", "anna")
    assert house.network
    house.network.present(
        Retract(
            key="m1",
            room=RoomRef("xmpp", room("#clean")),
            speaker=irc("oper"),
            author=irc("bob"),
            target=(("k1",),),
            own=True,
            moderated=True,
            reason="spam",
        )
    )
    seen = await anna.message(lambda xml: xml.get("id") == "m1")
    assert seen.get("from") == room("#clean")
    moderated = seen.find(".//{urn:xmpp:message-moderate:1}moderated")
    assert moderated is not None
    assert moderated.get("by") == f"{room('#clean')}/oper"
    assert seen.findtext(".//{urn:xmpp:message-retract:1}reason") == "spam"


async def test_an_answer_quotes_and_points(house: House, anna: Client) -> None:
    house.members["#answer"] = (irc("bob"),)
    await anna.join("#answer", "anna")
    reply = Reply(("k0",), irc("bob"), "what was said")
    house.say("#answer", irc("eve"), "yes", "k1", reply=reply)
    seen = await anna.body("> bob: what was said\nyes")
    found = seen.find("{urn:xmpp:reply:0}reply")
    assert found is not None
    assert (found.get("id"), found.get("to")) == ("k0", f"{room('#answer')}/bob")


async def test_a_file_comes_with_what_is_said_of_it(house: House, anna: Client) -> None:
    await anna.join("#files", "anna")
    assert house.network
    url = "https://example.org/cat.png"
    content = Content(
        (Paragraph((Text("look"),)),),
        attached=(File(kind="image", source=url, url=url, name="cat.png", mime="image/png"),),
    )
    ref = RoomRef("xmpp", room("#files"))
    house.network.present(Send(key="f", room=ref, speaker=irc("bob"), content=content, time=1.0))
    file = await anna.body(url)
    assert file.findtext("{jabber:x:oob}x/{jabber:x:oob}url") == url
    caption = await anna.body("look")
    assert (file.get("id"), caption.get("id")) == ("f", "f.1")
    bob = irc("bob")
    house.network.present(
        Retract(key="r", room=ref, speaker=bob, author=bob, target=(("f",),), own=True)
    )
    for key, target in (("r", "f"), ("r.1", "f.1")):
        gone = await anna.message(lambda xml, key=key: xml.get("id") == key)  # type: ignore[misc]
        assert gone.find("{urn:xmpp:message-retract:1}retract").get("id") == target  # type: ignore[union-attr]


async def test_an_emote_a_topic_and_the_bridges_own_words(house: House, anna: Client) -> None:
    house.members["#rest"] = (irc("bob"),)
    await anna.join("#rest", "anna")
    assert house.network
    ref = RoomRef("xmpp", room("#rest"))
    house.say("#rest", irc("bob"), "waves", "e", content={"style": "emote"})
    await anna.body("/me waves")
    house.network.present(SetTopic(key="t", room=ref, topic="new & fine", speaker=irc("bob")))
    subject = await anna.message(lambda xml: xml.findtext("{*}subject") == "new & fine")
    assert nick(subject) == "bob"
    house.network.present(Say(key="s", room=ref, text="something happened"))
    assert (await anna.body("something happened")).get("from") == ref.id
    again = await anna.join("#rest", "anna")
    assert again.findtext("{*}subject") == "new & fine"


async def test_who_is_not_in_the_room_takes_nobodys_nick(house: House, anna: Client) -> None:
    await anna.join("#nicks2", "anna")
    house.say("#nicks2", irc("anna"), "I am another", "k")
    assert nick(await anna.body("I am another")) == "anna (2)"
