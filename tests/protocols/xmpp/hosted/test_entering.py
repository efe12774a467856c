"""Coming into a hosted room and leaving it, with real clients on a real Prosody."""

import asyncio
import time

import pytest

from bridge.model import (
    Enter,
    Entered,
    Leave,
    NetworkStatus,
    Rejected,
    Rename,
    RoomRef,
    SeatLost,
    Unavailable,
    Why,
)
from protocols.xmpp.hosted import entering
from tests.listening import Memory
from tests.protocols.xmpp.hosted.house import (
    Client,
    House,
    codes,
    condition,
    gateway,
    irc,
    item,
    nick,
    ours,
    room,
)
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody


async def test_the_order_is_occupants_oneself_history_subject(house: House, anna: Client) -> None:
    house.members["#order"] = (irc("bob"), irc("eve"))
    house.ranks = {"bob": "operator"}
    house.said = [house.say("#order", irc("bob"), "long ago", "k1")]
    await anna.join("#order", "anna")
    order = [(xml.tag.rpartition("}")[2], nick(xml)) for xml in anna.order if nick(xml)]
    assert order == [
        ("presence", "bob"),
        ("presence", "eve"),
        ("presence", "anna"),
        ("message", "bob"),
        ("message", "bob"),
    ]
    bob, _, me, past, subject = [xml for xml in anna.order if nick(xml)]
    assert item(bob) == {
        "affiliation": "admin",
        "role": "moderator",
        "jid": "bob%irc.example.net@bridge.localhost/~u@host",
    }
    assert codes(me) == {"110", "100"}
    assert item(me)["jid"] == anna.occupant.client.boundjid.full
    assert past.findtext("{*}body") == "long ago"
    assert past.find("{urn:xmpp:delay}delay") is not None
    assert subject.findtext("{*}subject") == "welcome"
    enter = await house.was_asked(Enter)
    assert (enter.network, enter.address, enter.nick) == ("irc.example.net", "#order", "anna")
    assert enter.person.user == ours("alice")


async def test_another_nick_than_wanted_is_told(house: House, anna: Client) -> None:
    house.answers[Enter] = Entered("anna_", RoomRef("net", "#other"))
    subject = await anna.join("#other", "anna")
    assert subject.findtext("{*}subject") == ""
    me = await anna.presence(lambda xml: "110" in codes(xml))
    assert codes(me) == {"110", "100", "210"}
    assert nick(me) == "anna_"


async def test_history_can_be_declined(house: House, anna: Client) -> None:
    house.said = [house.say("#declined", irc("bob"), f"line {n}", f"k{n}") for n in range(30)]
    await anna.join("#declined", "anna", "<history maxchars='0'/>")
    assert not [xml for xml in anna.messages.items if xml.find("{*}body") is not None]
    await anna.join("#declined", "anna", "<history maxstanzas='3'/>")
    bodies = [xml.findtext("{*}body") for xml in anna.messages.items]
    assert [body for body in bodies if body] == ["line 27", "line 28", "line 29"]


async def test_what_is_said_during_the_history_comes_after_it_and_once(
    house: House, anna: Client
) -> None:
    old = house.say("#during", irc("bob"), "old", "old")

    async def past(*_: object) -> list[object]:
        house.say("#during", irc("bob"), "old", "old")
        house.say("#during", irc("bob"), "new", "new")
        return [old]

    house.past = past  # type: ignore[method-assign, assignment]
    await anna.join("#during", "anna")
    await anna.body("new")
    bodies = [xml.findtext("{*}body") for xml in anna.messages.items]
    assert [body for body in bodies if body] == ["old", "new"]


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        ("banned", "forbidden"),
        ("closed", "registration-required"),
        ("password", "not-authorized"),
        ("full", "service-unavailable"),
        ("unknown", "item-not-found"),
        ("nick", "conflict"),
        ("limit", "resource-constraint"),
    ],
)
async def test_a_refusal_has_the_networks_own_words(
    house: House, anna: Client, why: Why, expected: str
) -> None:
    house.answers[Enter] = Rejected("Cannot join channel (+x)", why)
    anna.enter("#refused", "anna")
    error = await anna.presence(lambda xml: xml.get("type") == "error")
    assert condition(error) == expected
    assert error.findtext("{*}error/{*}text") == "Cannot join channel (+x)"
    house.answers.clear()
    await anna.join("#refused", "anna")  # and it can be tried again


async def test_a_link_that_is_down_is_told(house: House, anna: Client) -> None:
    house.answers[Enter] = Unavailable("no route to host")
    anna.enter("#down", "anna")
    error = await anna.presence(lambda xml: xml.get("type") == "error")
    assert condition(error) == "remote-server-not-found"


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("chan%irc.example.net@bridge.localhost/anna", "item-not-found"),
        ("#chan@bridge.localhost/anna", "item-not-found"),
        ("#chan%irc.example.net@bridge.localhost", "jid-malformed"),
    ],
)
async def test_wrong_addresses_are_answered(anna: Client, to: str, expected: str) -> None:
    anna.send(f"<presence to='{to}'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
    error = await anna.presence(lambda xml: xml.get("type") == "error")
    assert condition(error) == expected


async def test_who_is_not_allowed_stays_out(prosody: Prosody) -> None:
    async with gateway(prosody, allow=["bob@localhost", "example.org"]) as house:
        occupant = Occupant("carol", prosody.c2s_port)
        await occupant.connect()
        carol = Client(occupant)
        carol.enter("#closed", "carol")
        error = await carol.presence(lambda xml: xml.get("type") == "error")
        assert condition(error) == "forbidden"
        assert house.asked == []
        await occupant.close()


async def test_two_clients_of_one_person_share_the_seat(
    prosody: Prosody, house: House, anna: Client, otto: Client
) -> None:
    await otto.join("#shared", "otto")
    await anna.join("#shared", "anna")
    occupant = Occupant("alice", prosody.c2s_port)
    await occupant.connect()
    second = Client(occupant)
    await second.join("#shared", "elsewhere")
    me = await second.presence(lambda xml: "110" in codes(xml))
    assert (nick(me), "210" in codes(me)) == ("anna", True)
    assert len([it for it in house.asked if isinstance(it, Enter)]) == 2
    house.say("#shared", irc("bob"), "hello both", "b1")
    await second.body("hello both")
    await anna.body("hello both")
    leave = f"<presence type='unavailable' to='{room('#shared')}/anna'/>"
    second.send(leave)
    await second.presence(lambda xml: xml.get("type") == "unavailable")
    assert not [it for it in house.asked if isinstance(it, Leave)]
    anna.send(leave.replace("/>", "><status>bye all</status></presence>"))
    gone = await otto.presence(lambda xml: xml.get("type") == "unavailable")
    assert (nick(gone), gone.findtext("{*}status")) == ("anna", "bye all")
    assert (await house.was_asked(Leave)).text == "bye all"
    await occupant.close()


async def test_nobody_sees_the_others_real_address(anna: Client, otto: Client) -> None:
    await anna.join("#anonymous", "anna")
    await otto.join("#anonymous", "otto")
    seen = await anna.presence(lambda xml: nick(xml) == "otto")
    assert item(seen)["jid"] == "otto%irc.example.net@bridge.localhost"
    seen = await otto.presence(lambda xml: nick(xml) == "anna")
    assert item(seen)["jid"] == "anna%irc.example.net@bridge.localhost"


async def test_another_nick_is_asked_for_and_seen(house: House, anna: Client, otto: Client) -> None:
    await anna.join("#nicks", "anna")
    await otto.join("#nicks", "otto")
    anna.send(f"<presence to='{room('#nicks')}/annika'/>")
    for client, mine in ((anna, True), (otto, False)):
        old = await client.presence(lambda xml: "303" in codes(xml))
        assert (nick(old), item(old)["nick"]) == ("anna", "annika")
        new = await client.presence(lambda xml: nick(xml) == "annika")
        assert ("110" in codes(new)) == mine
    house.say("#nicks", irc("bob"), "hi", "h")
    await anna.body("hi")


async def test_a_kick_takes_the_seat_and_tells_everybody(
    house: House, anna: Client, otto: Client
) -> None:
    await anna.join("#kicked", "anna")
    await otto.join("#kicked", "otto")
    assert house.network
    ref = RoomRef("xmpp", room("#kicked"))
    house.network.display(SeatLost(ref, ours("alice"), "kicked", "oper", "flood"))
    for client, mine in ((anna, True), (otto, False)):
        gone = await client.presence(lambda xml: "307" in codes(xml))
        assert ("110" in codes(gone)) == mine
        assert gone.findtext(".//{*}reason") == "flood"
        actor = gone.find(".//{*}actor")
        assert actor is not None
        assert actor.get("nick") == "oper"
    anna.send(f"<message type='groupchat' id='x' to='{ref.id}'><body>hey</body></message>")
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert condition(error) == "not-acceptable"


async def test_a_lost_link_says_so_and_one_can_come_back(house: House, anna: Client) -> None:
    await anna.join("#link", "anna")
    assert house.network
    ref = RoomRef("xmpp", room("#link"))
    house.network.display(SeatLost(ref, ours("alice"), "link", reason="Closing link"))
    gone = await anna.presence(lambda xml: xml.get("type") == "unavailable")
    assert {"110", "332"} <= codes(gone)
    await anna.join("#link", "anna")


async def test_presence_without_joining_is_answered(anna: Client) -> None:
    anna.send(f"<presence to='{room('#nowhere')}/anna'/>")
    gone = await anna.presence(lambda xml: nick(xml) == "anna")
    assert codes(gone) == {"110", "307", "333"}


async def test_when_the_daemon_stops_everybody_is_told(prosody: Prosody) -> None:
    occupant = Occupant("carol", prosody.c2s_port)
    await occupant.connect()
    carol = Client(occupant)
    memory = Memory()
    async with gateway(prosody, memory) as house:
        await carol.join("#stops", "carol")
        assert house.network
    gone = await carol.presence(lambda xml: xml.get("type") == "unavailable")
    assert codes(gone) == {"110", "332"}
    assert memory.facts == {}
    await occupant.close()


async def test_after_a_crash_everybody_is_told(prosody: Prosody) -> None:
    occupant = Occupant("carol", prosody.c2s_port)
    await occupant.connect()
    carol = Client(occupant)
    memory = Memory()
    memory.facts[f"hosted:{room('#crash')} {occupant.client.boundjid.full}"] = "carol"
    async with gateway(prosody, memory):
        gone = await carol.presence(lambda xml: xml.get("type") == "unavailable")
    assert (nick(gone), codes(gone)) == ("carol", {"110", "332"})
    assert memory.facts == {}
    await occupant.close()


async def test_a_client_that_vanished_loses_its_seat(
    prosody: Prosody, house: House, otto: Client
) -> None:
    occupant = Occupant("carol", prosody.c2s_port)
    await occupant.connect()
    carol = Client(occupant)
    await carol.join("#gone", "carol")
    await otto.join("#gone", "otto")
    occupant.client.abort()
    gone = await _nudged(house, otto)
    assert nick(gone) == "carol"
    assert await house.was_asked(Leave)


async def _nudged(house: House, otto: Client) -> object:
    """The server tells of a client that is gone when it is written to, at the latest."""
    for n in range(50):
        house.say("#gone", irc("bob"), "anybody?", f"n{n}")
        for xml in otto.presences.items:
            if xml.get("type") == "unavailable":
                return xml
        await asyncio.sleep(0.1)
    raise TimeoutError


async def test_a_netsplit_is_told_as_one(house: House, anna: Client) -> None:
    house.members["#split"] = tuple(irc(f"n{n}") for n in range(50))
    await anna.join("#split", "anna")
    users = tuple(member.user for member in house.members["#split"])
    house.changed("#split", left=users, reason="a.net b.net", how="quit", transient=True)
    await anna.presence(lambda xml: nick(xml) == "n49" and xml.get("type") == "unavailable")
    gone = [xml for xml in anna.presences.items if xml.get("type") == "unavailable"]
    assert len(gone) == 50
    assert all("333" in codes(xml) for xml in gone)


async def test_too_many_rooms_are_refused(prosody: Prosody) -> None:
    async with gateway(prosody, max_rooms=1):
        occupant = Occupant("carol", prosody.c2s_port)
        await occupant.connect()
        carol = Client(occupant)
        await carol.join("#one", "carol")
        carol.enter("#two", "carol")
        error = await carol.presence(lambda xml: xml.get("type") == "error")
        assert condition(error) == "resource-constraint"
        await carol.join("#one", "carol")  # this one can be seen again
        await occupant.close()


async def test_what_is_said_while_there_is_no_stream_is_shown_later(
    house: House, anna: Client
) -> None:
    await anna.join("#stream", "anna")
    assert house.network
    assert house.network._wire
    before = len(house.states)
    house.network._wire.component.abort()
    await house.saw(NetworkStatus, lambda it: not it.up, before)
    house.said = [house.say("#stream", irc("bob"), "unheard", "k1", time=time.time())]
    seen = await anna.body("unheard")
    assert seen.find("{urn:xmpp:delay}delay") is not None
    house.say("#stream", irc("bob"), "live again", "k2")
    await anna.body("live again")


async def test_who_asks_again_and_again_to_see_a_crowd_must_pay(
    house: House, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entering, "CROWD", 1)
    house.members["#crowd"] = tuple(irc(f"n{n}") for n in range(100))
    await anna.join("#crowd", "anna")
    for _ in range(20):
        anna.enter("#crowd", "anna")
    error = await anna.presence(lambda xml: xml.get("type") == "error")
    assert condition(error) == "resource-constraint"
    assert len(anna.presences.items) < 10 * 100


async def test_a_client_that_still_says_its_old_nick_asks_for_nothing(
    house: House, anna: Client
) -> None:
    house.answers[Enter] = Entered("anna_", RoomRef("net", "#stale"))
    await anna.join("#stale", "anna")
    for nick_, show in (("anna", "away"), ("anna_", "away"), ("new", ""), ("anna_", ""), ("x", "")):
        shown = f"<show>{show}</show>" if show else ""
        anna.send(f"<presence to='{room('#stale')}/{nick_}'>{shown}</presence>")
    await house.until(lambda: len([it for it in house.asked if isinstance(it, Rename)]) == 2)
    assert [it.nick for it in house.asked if isinstance(it, Rename)] == ["new", "x"]
