"""What our people say: held until the network behind has let it through, then shown as written."""

import pytest

from bridge.model import (
    Edit,
    MessageEdited,
    MessageRetracted,
    MessageSent,
    PuppetNamed,
    Raw,
    React,
    ReactionsSet,
    Rejected,
    Retract,
    RoomRef,
    Send,
    SetSubject,
    Tell,
    plain,
)
from protocols.xmpp.hosted import speech
from tests.protocols.xmpp.hosted.house import Client, House, condition, nick, ours, room

SID = "{urn:xmpp:sid:0}stanza-id"
OCCUPANT = "{urn:xmpp:occupant-id:0}occupant-id"


def say(client: Client, channel: str, attr_id: str, children: str, to: str = "") -> None:
    client.send(
        f"<message type='groupchat' id='{attr_id}' to='{to or room(channel)}'>{children}</message>"
    )


def let_through(house: House, event: MessageSent) -> str:
    """Do what the bridge does once IRC has the message."""
    assert house.network
    house.network.present(
        Send(
            key=event.ids[0],
            room=event.room,
            speaker=event.author,
            content=event.content,
            time=event.time,
        )
    )
    return event.ids[0]


async def test_it_is_shown_only_when_it_was_let_through(
    house: House, anna: Client, otto: Client
) -> None:
    await anna.join("#held", "anna")
    await otto.join("#held", "otto")
    say(anna, "#held", "client-id-1", "<body>hello *all*</body>")
    event = await house.event(MessageSent)
    assert (plain(event.content), event.author.user) == ("hello all", ours("alice"))
    assert event.author.name == "anna"
    assert [xml.findtext("{*}body") for xml in otto.messages.items] == [None]
    sid = let_through(house, event)
    for client in (anna, otto):
        seen = await client.body("hello *all*")
        assert (nick(seen), seen.get("id")) == ("anna", "client-id-1")
        found = seen.findall(SID)
        assert [(it.get("by"), it.get("id")) for it in found] == [(room("#held"), sid)]
    let_through(house, event)  # once is enough
    house.say("#held", event.author, "next", "next")
    await otto.body("next")
    bodies = [xml.findtext("{*}body") for xml in otto.messages.items]
    assert bodies.count("hello *all*") == 1


async def test_what_only_a_room_may_say_is_taken_out(
    house: House, anna: Client, otto: Client
) -> None:
    await anna.join("#forged", "anna")
    await otto.join("#forged", "otto")
    say(
        anna,
        "#forged",
        "client-id-2",
        "<body>trust me</body>"
        f"<stanza-id xmlns='urn:xmpp:sid:0' by='{room('#forged')}' id='X'/>"
        "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='victim'/>"
        "<delay xmlns='urn:xmpp:delay' stamp='2001-01-01T00:00:00Z'/>"
        "<x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x>"
        "<thing xmlns='urn:example' a='1'><deep>x</deep></thing>",
    )
    sid = let_through(house, await house.event(MessageSent))
    seen = await otto.body("trust me")
    assert [it.get("id") for it in seen.findall(SID)] == [sid]
    (occupant,) = seen.findall(OCCUPANT)
    there = await otto.presence(lambda xml: nick(xml) == "anna")
    assert occupant.get("id") == there.find(OCCUPANT).get("id")  # type: ignore[union-attr]
    assert seen.find("{urn:xmpp:delay}delay") is None
    assert seen.find("{http://jabber.org/protocol/muc#user}x") is None
    assert seen.findtext("{urn:example}thing/{urn:example}deep") == "x"


async def test_who_is_refused_alone_is_told(house: House, anna: Client, otto: Client) -> None:
    await anna.join("#muted", "anna")
    await otto.join("#muted", "otto")
    say(anna, "#muted", "client-id-3", "<body>spam</body>")
    event = await house.event(MessageSent)
    assert house.network
    tell = Tell(
        key="t",
        room=event.room,
        user=ours("alice"),
        text="Cannot send to channel (+m)",
        about=event.ids,
        why="forbidden",
    )
    await house.network.deliver(tell, house.network.render(tell), 0)
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert (error.get("id"), condition(error)) == ("client-id-3", "forbidden")
    assert error.findtext("{*}error/{*}text") == "Cannot send to channel (+m)"
    assert [xml for xml in otto.messages.items if xml.find("{*}body") is not None] == []


async def test_a_correction_a_reaction_and_a_retraction_name_the_message(
    house: House, anna: Client
) -> None:
    await anna.join("#about", "anna")
    say(anna, "#about", "first-version", "<body>teh cat</body>")
    sid = let_through(house, await house.event(MessageSent))
    replace = "<replace xmlns='urn:xmpp:message-correct:0' id='first-version'/>"
    say(anna, "#about", "second-version", f"<body>the cat</body>{replace}")
    edited = await house.event(MessageEdited)
    assert (edited.target, plain(edited.content)) == (sid, "the cat")
    key = edited.ids[0]
    assert house.network
    house.network.present(
        Edit(
            key=key,
            room=edited.room,
            speaker=edited.author,
            target=((sid,),),
            content=edited.content,
            time=1.0,
        )
    )
    seen = await anna.body("the cat")
    assert (seen.get("id"), seen.find("{*}replace") is not None) == ("second-version", True)
    react = (
        f"<reactions xmlns='urn:xmpp:reactions:0' id='{sid}'><reaction>👍</reaction></reactions>"
    )
    say(anna, "#about", "a-reaction", react)
    reacted = await house.event(ReactionsSet)
    assert (reacted.target, reacted.keys) == (sid, ("👍",))
    house.network.present(
        React(
            key=reacted.ids[0],
            room=reacted.room,
            speaker=reacted.author,
            target=(sid,),
            author=reacted.author,
            reaction="👍",
            added=True,
            all=("👍",),
        )
    )
    await anna.message(lambda xml: xml.get("id") == "a-reaction")
    say(anna, "#about", "gone-now", f"<retract xmlns='urn:xmpp:message-retract:1' id='{sid}'/>")
    retracted = await house.event(MessageRetracted)
    assert (retracted.target, retracted.moderated) == (sid, False)
    house.network.present(
        Retract(
            key=retracted.ids[0],
            room=retracted.room,
            speaker=retracted.author,
            author=edited.author,
            target=((sid,),),
            own=True,
        )
    )
    await anna.message(lambda xml: xml.get("id") == "gone-now")


async def test_a_reply_names_what_it_answers(house: House, anna: Client) -> None:
    await anna.join("#reply", "anna")
    reply = "<reply xmlns='urn:xmpp:reply:0' id='K1' to='x'/>"
    fallback = (
        "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>"
        "<body start='0' end='11'/></fallback>"
    )
    say(anna, "#reply", "an-answer", f"<body>&gt; bob: hey\nyes</body>{reply}{fallback}")
    event = await house.event(MessageSent)
    assert (event.reply_to, plain(event.content), event.quoted) == ("K1", "yes", "bob: hey")


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        (
            "<body>x</body><encrypted xmlns='eu.siacs.conversations.axolotl'/>",
            "not-acceptable",
        ),
        (
            "<retract xmlns='urn:xmpp:message-retract:1' id='S'>"
            "<moderated xmlns='urn:xmpp:message-moderate:1'/></retract>",
            "bad-request",
        ),
        ("<reactions xmlns='urn:xmpp:reactions:0'/>", "bad-request"),
        ("<body>x</body>" + "<a xmlns='b'>" * 30 + "</a>" * 30, "bad-request"),
        ("<body>x</body>" + "<a xmlns='b'/>" * 500, "bad-request"),
        (f"<body>{'x' * 200_000}</body>", "bad-request"),
    ],
)
async def test_what_cannot_be_said_is_refused(
    house: House, anna: Client, children: str, expected: str
) -> None:
    await anna.join("#refused", "anna")
    say(anna, "#refused", "client-id-4", children)
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert (error.get("id"), condition(error)) == ("client-id-4", expected)
    assert house.events == []


async def test_a_subject_is_asked_for(house: House, anna: Client) -> None:
    await anna.join("#subject", "anna")
    say(anna, "#subject", "s1", "<subject>new topic</subject>")
    assert (await house.was_asked(SetSubject)).topic == "new topic"
    house.answers[SetSubject] = Rejected("You're not a channel operator", "forbidden")
    say(anna, "#subject", "s2", "<subject>again</subject>")
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert (error.get("id"), condition(error)) == ("s2", "forbidden")


async def test_modes_can_be_set_as_biboumis_people_do(house: House, anna: Client) -> None:
    await anna.join("#modes", "anna")
    say(anna, "#modes", "m1", "<body>/mode +o bob</body>")
    raw = await house.was_asked(Raw)
    assert (raw.network, raw.line) == ("irc.example.net", "mode #modes +o bob")
    assert house.events == []


async def test_too_many_words_are_refused(house: House, anna: Client) -> None:
    await anna.join("#flood", "anna")
    for n in range(80):
        say(anna, "#flood", f"flood-{n}", "<body>spam</body>")
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert condition(error) == "resource-constraint"
    assert 50 <= len(house.all(MessageSent)) <= 60


async def test_a_message_to_an_occupant_is_not_for_the_room(house: House, anna: Client) -> None:
    await anna.join("#occupant", "anna")
    say(anna, "", "o1", "<body>hey</body>", f"{room('#occupant')}/bob")
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert condition(error) == "bad-request"


async def test_a_refusal_that_nobody_waits_for_is_a_message(house: House, anna: Client) -> None:
    assert house.network
    ref = RoomRef("xmpp", room("#late"))
    tell = Tell(key="t", room=ref, user=ours("alice"), text="not delivered", about=("unknown",))
    await house.network.deliver(tell, house.network.render(tell), 0)
    assert (await anna.body("not delivered")).get("type") == "chat"


async def test_what_waits_for_irc_has_a_limit(
    house: House, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "MOST_HELD", 3000)
    await anna.join("#held2", "anna")
    for n in range(3):
        say(anna, "#held2", f"held-long-{n}", f"<body>{'x' * 1000}</body>")
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert (error.get("id"), condition(error)) == ("held-long-2", "resource-constraint")
    let_through(house, house.all(MessageSent)[0])
    await anna.message(lambda xml: xml.get("id") == "held-long-0")
    say(anna, "#held2", "held-long-3", f"<body>{'x' * 900}</body>")
    await house.event(MessageSent, lambda event: "held-long-3" in event.ids[-1])


async def test_who_is_renamed_meanwhile_says_it_under_the_new_nick(
    house: House, anna: Client
) -> None:
    await anna.join("#renamed", "anna")
    say(anna, "#renamed", "said-as-anna", "<body>me</body>")
    event = await house.event(MessageSent)
    assert house.network
    house.network.display(PuppetNamed(event.room, ours("alice"), "annika"))
    let_through(house, event)
    assert nick(await anna.body("me")) == "annika"
