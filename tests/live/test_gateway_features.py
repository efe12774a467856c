"""What people do in a channel besides talking, through a running daemon."""

import asyncio
from xml.etree.ElementTree import Element

from tests.live.lobby import People, join, room, say
from tests.protocols.xmpp.hosted.house import Client, codes, condition, item, nick

SERVER = "irc@bridge.localhost"
ITEMS = "http://jabber.org/protocol/disco#items"
RSM = "http://jabber.org/protocol/rsm"
ADMIN = "http://jabber.org/protocol/muc#admin"
COMMANDS = "http://jabber.org/protocol/commands"


def chat(who: Client, to: str, attr_id: str, body: str) -> None:
    who.send(f"<message type='chat' id='{attr_id}' to='{to}'><body>{body}</body></message>")


def admin(item: str, inside: str = "") -> str:
    return f"<query xmlns='{ADMIN}'><item {item}>{inside}</item></query>"


def has_body(text: str):  # type: ignore[no-untyped-def]
    def matches(xml: Element) -> bool:
        return text in (xml.findtext("{*}body") or "")

    return matches


async def test_private_messages_go_both_ways(people: People) -> None:
    await people.bob.join("#pm")
    await join(people.anna, "#pm", "anna")
    chat(people.anna, "bob%irc@bridge.localhost", "pm-1", "psst")
    line = await people.bob.line(lambda it: it.command == "PRIVMSG" and it.params[-1] == "psst")
    assert (line.nick, line.params[0]) == ("anna", "bob")
    people.bob.send("PRIVMSG anna :yes?")
    seen = await people.anna.body("yes?")
    assert seen.get("from") == "bob%irc@bridge.localhost"
    chat(people.anna, f"{room('#pm')}/bob", "pm-2", "in here")
    await people.bob.line(lambda it: it.command == "PRIVMSG" and it.params[-1] == "in here")
    people.bob.send("PRIVMSG anna :fine")
    assert (await people.anna.body("fine")).get("from") == f"{room('#pm')}/bob"


async def test_a_private_message_to_nobody_comes_back(people: People) -> None:
    await join(people.anna, "#pm2", "anna")
    chat(people.anna, "nobody1%irc@bridge.localhost", "pm-3", "psst")
    error = await people.anna.message(lambda xml: xml.get("type") == "error")
    assert (error.get("id"), condition(error)) == ("pm-3", "item-not-found")


async def test_two_of_us_write_to_each_other_as_people_of_irc(people: People) -> None:
    await join(people.anna, "#two", "anna")
    await join(people.otto, "#two", "otto")
    chat(people.anna, f"{room('#two')}/otto", "pm-4", "just you")
    seen = await people.otto.body("just you")
    assert seen.get("from") in (f"{room('#two')}/anna", "anna%irc@bridge.localhost")


async def test_the_console_speaks_irc(people: People) -> None:
    await join(people.anna, "#console", "anna")
    chat(people.anna, SERVER, "c1", "LUSERS")
    seen = await people.anna.message(has_body("users"))
    assert seen.get("from") == SERVER


async def test_channels_are_listed(people: People) -> None:
    for channel in ("#list1", "#list2"):
        await people.bob.join(channel)
    people.bob.topic("#list1", "first of them")
    await join(people.anna, "#list1", "anna")
    query = f"<query xmlns='{ITEMS}'><set xmlns='{RSM}'><max>500</max></set></query>"
    answer = await people.anna.ask(SERVER, "get", query)
    found = {it.get("jid"): it.get("name") for it in answer.iter(f"{{{ITEMS}}}item")}
    assert found[room("#list1")] == "#list1 (2) first of them"
    assert room("#list2") in found


async def test_people_of_irc_are_looked_at(people: People) -> None:
    await people.bob.join("#look")
    await join(people.anna, "#look", "anna")
    bob = f"{room('#look')}/bob"
    card = await people.anna.ask(bob, "get", "<vCard xmlns='vcard-temp'/>")
    assert "bob" in (card.findtext(".//{vcard-temp}DESC") or "")
    asking = asyncio.create_task(people.anna.ask(bob, "get", "<query xmlns='jabber:iq:version'/>"))
    await people.bob.line(lambda it: "VERSION" in it.params[-1])
    people.bob.send("NOTICE anna :\x01VERSION bobs client 1.0\x01")
    assert (await asking).findtext(".//{jabber:iq:version}name") == "bobs client 1.0"


async def test_an_operator_on_xmpp_moderates(people: People) -> None:
    await join(people.anna, "#mine", "anna")
    await people.bob.join("#mine")
    await people.anna.presence(lambda xml: nick(xml) == "bob")
    voice = admin("nick='bob' affiliation='member'")
    assert (await people.anna.ask(room("#mine"), "set", voice)).get("type") == "result"
    await people.anna.presence(
        lambda xml: nick(xml) == "bob" and item(xml)["affiliation"] == "member"
    )
    kick = admin("nick='bob' role='none'", "<reason>enough</reason>")
    assert (await people.anna.ask(room("#mine"), "set", kick)).get("type") == "result"
    line = await people.bob.line(lambda it: it.command == "KICK")
    assert line.params[-1] == "enough"
    gone = await people.anna.presence(lambda xml: "307" in codes(xml))
    assert nick(gone) == "bob"
    ban = admin("nick='bob' affiliation='outcast'")
    await people.bob.join("#mine")
    await people.anna.ask(room("#mine"), "set", ban)
    await people.bob.line(lambda it: it.command == "MODE" and "+b" in it.params[1])
    found = await people.anna.ask(room("#mine"), "get", admin("affiliation='outcast'"))
    (banned,) = found.iter(f"{{{ADMIN}}}item")
    unban = admin(f"jid='{banned.get('jid')}' affiliation='none'")
    assert (await people.anna.ask(room("#mine"), "set", unban)).get("type") == "result"
    await people.bob.join("#mine")


async def test_who_is_no_operator_cannot(people: People) -> None:
    await people.bob.join("#theirs")
    await join(people.anna, "#theirs", "anna")
    answer = await people.anna.ask(room("#theirs"), "set", admin("nick='bob' role='none'"))
    assert condition(answer) == "forbidden"
    people.bob.send("MODE #theirs +t")
    say(people.anna, "#theirs", "subject-1", "<subject>mine now</subject>")
    error = await people.anna.message(lambda xml: xml.get("type") == "error")
    assert (error.get("id"), condition(error)) == ("subject-1", "forbidden")


async def test_topics_cross(people: People) -> None:
    await people.bob.join("#topic")
    people.bob.send("MODE #topic -t")
    await join(people.anna, "#topic", "anna")
    say(people.anna, "#topic", "subject-2", "<subject>from xmpp</subject>")
    await people.bob.line(lambda it: it.command == "TOPIC" and it.params[-1] == "from xmpp")
    seen = await people.anna.message(lambda xml: xml.findtext("{*}subject") == "from xmpp")
    assert nick(seen) == "anna"
    await people.bob.join("#topic2")  # InspIRCd takes one topic of a channel in a second
    await join(people.anna, "#topic2", "anna")
    people.bob.topic("#topic2", "from irc")
    seen = await people.anna.message(lambda xml: xml.findtext("{*}subject") == "from irc")
    assert nick(seen) == "bob"


async def test_invitations_cross(people: People) -> None:
    user = "{http://jabber.org/protocol/muc#user}"
    await people.bob.join("#party")
    people.bob.send("MODE #party +i")
    await join(people.anna, "#ours", "anna")
    people.bob.send("INVITE anna #party")
    seen = await people.anna.message(lambda xml: xml.find(f"{user}x/{user}invite") is not None)
    assert seen.get("from") == room("#party")
    await join(people.anna, "#party", "anna")
    people.anna.send(
        f"<message to='{room('#ours')}'><x xmlns='{user[1:-1]}'><invite to='bob'/></x></message>"
    )
    await people.bob.line(lambda it: it.command == "INVITE" and it.params[-1] == "#ours")


async def test_away_crosses(people: People) -> None:
    await people.bob.join("#away")
    await join(people.anna, "#away", "anna")
    people.bob.send("AWAY :lunch")
    bob = await people.anna.presence(lambda xml: xml.find("{*}show") is not None)
    assert (nick(bob), bob.findtext("{*}status")) == ("bob", "lunch")
    people.anna.send(
        f"<presence to='{room('#away')}/anna'><show>xa</show><status>tea</status></presence>"
    )
    me = await people.anna.presence(
        lambda xml: nick(xml) == "anna" and xml.find("{*}show") is not None
    )
    assert me.findtext("{*}status") == "tea"


async def test_a_connection_is_described_and_ended(people: People) -> None:
    await join(people.anna, "#ended", "anna")
    node = f"<command xmlns='{COMMANDS}' node='get-irc-connection-info'/>"
    answer = await people.anna.ask(SERVER, "set", node)
    assert "#ended" in (answer.findtext(f".//{{{COMMANDS}}}note") or "")
    node = "disconnect-from-irc-server"
    answer = await people.anna.ask(
        "bridge.localhost", "set", f"<command xmlns='{COMMANDS}' node='{node}'/>"
    )
    session = answer.find(f"{{{COMMANDS}}}command").get("sessionid")  # type: ignore[union-attr]
    await people.anna.ask(
        "bridge.localhost",
        "set",
        f"<command xmlns='{COMMANDS}' node='{node}' sessionid='{session}'>"
        "<x xmlns='jabber:x:data' type='submit'>"
        "<field var='irc-servers'><value>irc</value></field></x></command>",
    )
    gone = await people.anna.presence(lambda xml: xml.get("type") == "unavailable")
    assert "110" in codes(gone)


async def test_many_lines_in_a_row_keep_their_order(people: People) -> None:
    await people.bob.join("#order")
    await join(people.anna, "#order", "anna")
    await join(people.otto, "#order", "otto")
    for n in range(40):
        say(people.anna, "#order", f"in-order-{n}", f"<body>line {n}</body>")
    await people.otto.body("line 39")
    assert _said(people.otto, "#order") == [f"line {n}" for n in range(40)]
    for n in range(200):
        people.bob.send(f"PRIVMSG #order :back {n}")
    await people.otto.body("back 199")
    assert _said(people.otto, "#order")[40:] == [f"back {n}" for n in range(200)]


def _said(who: Client, channel: str) -> list[str]:
    there = [xml for xml in who.messages.items if xml.get("from", "").startswith(room(channel))]
    return [body for xml in there if (body := xml.findtext("{*}body"))]
