"""People on XMPP join an IRC channel through a running daemon: real servers on both sides."""

import asyncio

from tests.live.lobby import People, join, room, say
from tests.protocols.xmpp.hosted.house import codes, condition, item, nick


async def test_people_join_talk_and_leave(people: People) -> None:
    await people.bob.join("#talk")
    people.bob.topic("#talk", "all about it")
    subject = await join(people.anna, "#talk", "anna")
    assert subject.findtext("{*}subject") == "all about it"
    bob = await people.anna.presence(lambda xml: nick(xml) == "bob")
    assert item(bob)["affiliation"] == "admin"
    me = await people.anna.presence(lambda xml: "110" in codes(xml))
    assert nick(me) == "anna"
    assert "anna" in await people.bob.names("#talk")
    await join(people.otto, "#talk", "otto")
    await people.anna.presence(lambda xml: nick(xml) == "otto")
    await people.bob.say("#talk", "hello from irc")
    for reader in (people.anna, people.otto):
        seen = await reader.body("hello from irc")
        assert nick(seen) == "bob"
    say(people.anna, "#talk", "an-id-of-annas", "<body>hello from xmpp</body>")
    heard = await people.bob.wait_for(lambda said: said.body == "hello from xmpp")
    assert heard.nick == "anna"
    for reader in (people.anna, people.otto):
        seen = await reader.body("hello from xmpp")
        assert (nick(seen), seen.get("id")) == ("anna", "an-id-of-annas")
    people.anna.send(
        f"<presence type='unavailable' to='{room('#talk')}/anna'><status>bye</status></presence>"
    )
    gone = await people.otto.presence(lambda xml: xml.get("type") == "unavailable")
    assert (nick(gone), gone.findtext("{*}status")) == ("anna", "bye")
    await people.bob.line(lambda line: line.command == "PART")


async def test_what_xmpp_people_say_to_each_other_keeps_everything(people: People) -> None:
    await people.bob.join("#rich")
    await join(people.anna, "#rich", "anna")
    await join(people.otto, "#rich", "otto")
    say(people.anna, "#rich", "first-version", "<body>teh cat</body>")
    first = await people.otto.body("teh cat")
    sid = first.find("{urn:xmpp:sid:0}stanza-id").get("id")  # type: ignore[union-attr]
    replace = "<replace xmlns='urn:xmpp:message-correct:0' id='first-version'/>"
    say(people.anna, "#rich", "second-version", f"<body>the cat</body>{replace}")
    second = await people.otto.body("the cat")
    assert second.find("{urn:xmpp:message-correct:0}replace").get("id") == "first-version"  # type: ignore[union-attr]
    react = (
        f"<reactions xmlns='urn:xmpp:reactions:0' id='{sid}'><reaction>👍</reaction></reactions>"
    )
    say(people.otto, "#rich", "a-reaction", react)
    seen = await people.anna.message(lambda xml: xml.get("id") == "a-reaction")
    assert seen.find("{urn:xmpp:reactions:0}reactions").get("id") == sid  # type: ignore[union-attr]
    reply = f"<reply xmlns='urn:xmpp:reply:0' id='{sid}' to='{room('#rich')}/anna'/>"
    say(people.otto, "#rich", "an-answer", f"<body>nice cat</body>{reply}")
    seen = await people.anna.body("nice cat")
    assert seen.find("{urn:xmpp:reply:0}reply").get("id") == sid  # type: ignore[union-attr]
    await people.bob.wait_for(lambda said: "nice cat" in said.body)
    say(
        people.anna,
        "#rich",
        "gone-now",
        f"<retract xmlns='urn:xmpp:message-retract:1' id='{sid}'/>",
    )
    await people.otto.message(lambda xml: xml.get("id") == "gone-now")


async def test_who_may_not_speak_is_told_and_nobody_hears(people: People) -> None:
    await people.bob.join("#muted")
    people.bob.send("MODE #muted +m")
    await join(people.anna, "#muted", "anna")
    await join(people.otto, "#muted", "otto")
    say(people.anna, "#muted", "a-muted-one", "<body>buy now</body>")
    error = await people.anna.message(lambda xml: xml.get("type") == "error")
    assert (error.get("id"), condition(error)) == ("a-muted-one", "forbidden")
    people.bob.send("MODE #muted -m")
    await people.bob.say("#muted", "now you may")
    await people.otto.body("now you may")
    assert "buy now" not in [xml.findtext("{*}body") for xml in people.otto.messages.items]


async def test_a_kick_on_irc_ends_the_seat(people: People) -> None:
    await people.bob.join("#kick")
    await join(people.anna, "#kick", "anna")
    await join(people.otto, "#kick", "otto")
    people.bob.send("KICK #kick anna :flood")
    mine = await people.anna.presence(lambda xml: {"110", "307"} <= codes(xml))
    assert mine.findtext(".//{*}reason") == "flood"
    seen = await people.otto.presence(lambda xml: "307" in codes(xml))
    assert nick(seen) == "anna"
    await join(people.anna, "#kick", "anna")


async def test_a_new_nick_is_the_same_everywhere(people: People) -> None:
    await people.bob.join("#nick")
    await join(people.anna, "#nick", "anna")
    people.anna.send(f"<presence to='{room('#nick')}/annika'/>")
    await people.anna.presence(lambda xml: "303" in codes(xml))
    await people.anna.presence(lambda xml: nick(xml) == "annika" and "110" in codes(xml))
    await people.bob.line(lambda line: line.command == "NICK")
    say(people.anna, "#nick", "by-annika", "<body>still me</body>")
    heard = await people.bob.wait_for(lambda said: said.body == "still me")
    assert heard.nick == "annika"


async def test_a_channel_that_lets_nobody_in_says_why(people: People) -> None:
    await people.bob.join("#closed")
    people.bob.send("MODE #closed +i")
    await people.bob.names("#closed")
    muc = "http://jabber.org/protocol/muc"
    people.anna.send(f"<presence to='{room('#closed')}/anna'><x xmlns='{muc}'/></presence>")
    error = await people.anna.presence(lambda xml: xml.get("type") == "error")
    assert condition(error) == "registration-required"
    assert "invite" in (error.findtext("{*}error/{*}text") or "").lower()


async def test_who_comes_back_reads_what_they_heard_before(people: People) -> None:
    await people.bob.join("#past")
    await join(people.anna, "#past", "anna")
    await people.bob.say("#past", "while you were here")
    await people.anna.body("while you were here")
    people.anna.send(f"<presence type='unavailable' to='{room('#past')}/anna'/>")
    await people.anna.presence(lambda xml: xml.get("type") == "unavailable")
    await people.bob.line(lambda line: line.command == "PART")
    await people.bob.say("#past", "while you were not")
    start = len(people.anna.messages.items)
    await join(people.anna, "#past", "anna")
    late = [xml.findtext("{*}body") for xml in people.anna.messages.items[start:]]
    assert [body for body in late if body] == ["while you were here"]


async def test_after_a_crash_one_is_told_and_can_come_back(people: People) -> None:
    await people.bob.join("#crash")
    await join(people.anna, "#crash", "anna")
    await asyncio.to_thread(people.tercet.kill)
    await asyncio.to_thread(people.tercet.start)
    gone = await people.anna.presence(lambda xml: {"110", "332"} <= codes(xml))
    assert gone.get("from") == f"{room('#crash')}/anna"
    await join(people.anna, "#crash", "anna")
    await people.bob.say("#crash", "welcome back")
    await people.anna.body("welcome back")
