"""What comes in, and what must not."""

from tests.protocols.irc.bridge import running
from tests.servers.clients.irc import IrcClient, Line
from tests.servers.inspircd import InspIRCd


async def test_notices_emotes_and_formatting_come_in(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna50", inspircd.port)
    await anna.connect()
    await anna.join("#styles")
    async with running(inspircd.port, "#styles", nick="relay50") as (_, bridge, (room,)):
        await anna.notice("#styles", "beep")
        await anna.action("#styles", "waves")
        assert (await bridge.heard(room, "beep")).content.style == "notice"
        assert (await bridge.heard(room, "waves")).content.style == "emote"
    await anna.close()


async def test_an_answer_names_what_it_answers(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna53", inspircd.port)
    await anna.connect()
    await anna.join("#answers")
    async with running(inspircd.port, "#answers", nick="relay53") as (_, bridge, (room,)):
        anna.send("@+reply=m1;+draft/reply=m2 PRIVMSG #answers :both")
        anna.send("@+draft/reply=m\\:2 PRIVMSG #answers :draft")
        anna.send("@+reply PRIVMSG #answers :none")
        assert (await bridge.heard(room, "both")).reply_to == "msgid:m1"
        assert (await bridge.heard(room, "draft")).reply_to == "msgid:m;2"
        assert (await bridge.heard(room, "none")).reply_to == ""
    await anna.close()


async def test_what_is_not_for_everybody_stays_where_it_is(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna51", inspircd.port)
    await anna.connect()
    await anna.join("#secret")
    async with running(inspircd.port, "#secret", nick="relay51") as (_, bridge, (room,)):
        anna.send("MODE #secret +o relay51")
        await anna.say("@#secret", "for operators")
        await anna.say("relay51", "psst")
        await anna.say("relay51", "psst again")
        await anna.say("#secret", "\x01VERSION\x01")
        await anna.say("#secret", "\x01DCC SEND virus\x01")
        await anna.notice("#secret", "\x01VERSION fake\x01")
        await anna.say("#secret", " \x02 ")
        await anna.say("#secret", "end")
        await bridge.heard(room, "end")
        assert bridge.texts(room) == ["end"]
        answer = await anna.line(lambda line: private(line, "VERSION"))
        assert answer.params[0] == "anna51"
        declined = [line for line in anna.lines.items if private(line, "not passed on")]
        assert len(declined) == 1
        for _ in range(10):
            anna.send("PRIVMSG relay51 :\x01PING 1\x01")
        await anna.say("#secret", "end 2")
        await bridge.heard(room, "end 2")
        await anna.line(lambda line: private(line, "PING 1"))
        assert len([line for line in anna.lines.items if private(line, "PING 1")]) <= 3
    await anna.close()


async def test_history_at_the_join_is_told_as_history_and_once(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna52", inspircd.port)
    await anna.connect()
    await anna.join("#past")
    anna.send("MODE #past +H 50:0")
    await anna.line(lambda line: line.command == "MODE" and "+H" in line.params)
    echo = await anna.say("#past", "before")
    assert echo is not None
    async with running(inspircd.port, "#past", nick="relay52") as (network, bridge, (room,)):
        before = await bridge.heard(room, "before")
        assert not before.live
        assert before.ids == (f"msgid:{echo.tags['msgid']}",)
        relay = network.rooms.relay
        assert relay is not None
        await anna.say("#past", "live")
        assert (await bridge.heard(room, "live")).live
        relay.abort()
        await bridge.down(room)
        await anna.say("#past", "missed")
        await bridge.up(room)
        await anna.say("#past", "after")
        await bridge.heard(room, "after")
        told = [
            (m.live, text)
            for m, text in zip(bridge.messages(room), bridge.texts(room), strict=True)
        ]
        assert told == [(False, "before"), (True, "live"), (False, "missed"), (True, "after")]
    await anna.close()


def private(line: Line, text: str) -> bool:
    return (
        line.command == "NOTICE" and not line.params[0].startswith("#") and text in line.params[-1]
    )
