"""Who comes and goes."""

import asyncio

from bridge.model import MembersChanged, MessageSent, Roster, UserRef, plain
from tests.protocols.irc.bridge import running
from tests.protocols.irc.faulty import Faulty, faulty
from tests.servers.clients.irc import IrcClient
from tests.servers.inspircd import InspIRCd


async def test_a_stranger_who_takes_a_nick_is_somebody_else(inspircd: InspIRCd) -> None:
    anna, other = IrcClient("anna21", inspircd.port), IrcClient("other21", inspircd.port)
    await asyncio.gather(anna.connect(), other.connect())
    await anna.join("#who")
    await other.join("#who")
    async with running(inspircd.port, "#who", nick="relay21") as (_, bridge, (room,)):
        await anna.say("#who", "one")
        await anna.rename("anna21away")
        await anna.say("#who", "two")
        await other.rename("anna21")
        await other.say("#who", "three")
        await anna.close()
        await bridge.heard(room, "three")
        said: list[MessageSent] = bridge.messages(room)
        who = {plain(m.content): (m.author.user.id, m.author.name) for m in said}
        assert who == {
            "one": ("nick:anna21", "anna21"),
            "two": ("nick:anna21", "anna21away"),
            "three": ("nick:other21", "anna21"),
        }
        third = IrcClient("other21", inspircd.port)
        await third.connect()
        await third.join("#who")
        await third.say("#who", "four")
        four = await bridge.heard(room, "four")
        assert four.author.user.id == "nick:other21/2"
        assert four.author.authority != said[2].author.authority
        await third.close()
    await other.close()


async def test_an_account_is_one_person_whatever_the_nick(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna42", inspircd.port)
    await anna.connect()
    await anna.join("#login")
    anna.send("PRIVMSG NickServ :IDENTIFY dave dave-pw")
    await anna.line(lambda line: line.command == "900")
    async with running(inspircd.port, "#login", nick="relay42") as (_, bridge, (room,)):
        roster = await bridge.until(lambda: [s for s in bridge.states if isinstance(s, Roster)])
        assert [(m.user.id, m.name) for m in roster[0].members] == [("account:dave", "anna42")]
        await anna.rename("anna42b")
        await anna.say("#login", "me")
        heard = await bridge.heard(room, "me")
        assert (heard.author.user.id, heard.author.name) == ("account:dave", "anna42b")
        anna.send("PRIVMSG NickServ :LOGOUT")
        await anna.line(lambda line: line.command == "901")
        changed = await bridge.until(
            lambda: [s for s in bridge.states if isinstance(s, MembersChanged) and s.joined]
        )
        assert changed[0].joined[0].user.id == "nick:anna42b"
    await anna.close()


async def test_a_guest_who_logs_in_is_no_other_person(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna44", inspircd.port)
    await anna.connect()
    await anna.join("#guest")
    async with running(inspircd.port, "#guest", nick="relay44") as (_, bridge, (room,)):
        await anna.say("#guest", "as a guest")
        before = await bridge.heard(room, "as a guest")
        anna.send("PRIVMSG NickServ :IDENTIFY carol carol-pw")
        await anna.line(lambda line: line.command == "900")
        await anna.say("#guest", "logged in")
        after = await bridge.heard(room, "logged in")
        assert before.author.user == after.author.user == UserRef("net", "nick:anna44")
        assert after.author.authority == "account:carol"
        assert before.author.authority != after.author.authority
        assert not [s for s in bridge.states if isinstance(s, MembersChanged)]
    await anna.close()


async def test_a_thousand_members_and_a_netsplit_are_one_state_each() -> None:
    people = [f"n{number}" for number in range(1000)]

    async def script(
        fault: Faulty, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await fault.read(reader, "USER")
        writer.write(b":irc.fault 001 relay :hi\r\n:irc.fault 422 relay :no MOTD\r\n")
        await fault.read(reader, "JOIN")
        writer.write(b":relay!r@host JOIN #x\r\n")
        for start in range(0, 1000, 20):
            names = " ".join(people[start : start + 20])
            writer.write(f":irc.fault 353 relay = #x :{names}\r\n".encode())
        writer.write(b":irc.fault 366 relay #x :End\r\n")
        await fault.pong(reader, writer)
        for nick in people:
            writer.write(f":{nick}!u@h QUIT :hub.example.net leaf.example.net\r\n".encode())
        await fault.read(reader, "QUIT")

    async with faulty(script) as fault, running(fault.port, "#x", nick="relay") as (_, bridge, _):
        left = await bridge.until(
            lambda: [s for s in bridge.states if isinstance(s, MembersChanged)]
        )
        rosters = [s for s in bridge.states if isinstance(s, Roster)]
        assert [len(r.members) for r in rosters] == [1000]
        assert [(len(c.left), c.transient) for c in left] == [(1000, True)]
        assert bridge.events == []
        assert not [line for line in fault.lines if line.startswith(("WHO", "WHOIS"))]


async def test_a_change_of_host_and_a_kick_are_told_as_what_they_are(inspircd: InspIRCd) -> None:
    anna, bert = IrcClient("anna43", inspircd.port), IrcClient("bert43", inspircd.port)
    await asyncio.gather(anna.connect(), bert.connect())
    await anna.join("#hosts")
    await bert.join("#hosts")
    async with running(inspircd.port, "#hosts", nick="relay43") as (_, bridge, (room,)):
        await bridge.until(lambda: [s for s in bridge.states if isinstance(s, Roster)])
        anna.send("OPER oper oper", "SETHOST some.other.host")
        await anna.line(lambda line: line.command == "396" and "some.other.host" in line.params)
        await anna.say("#hosts", "hi")
        heard = await bridge.heard(room, "hi")
        assert heard.author.about == "anna43!anna43@some.other.host"
        anna.send("KICK #hosts bert43 :enough")
        left = await bridge.until(
            lambda: [s for s in bridge.states if isinstance(s, MembersChanged)]
        )
        assert [(c.left[0].id, c.reason) for c in left] == [("nick:bert43", "enough")]
    await asyncio.gather(anna.close(), bert.close())
