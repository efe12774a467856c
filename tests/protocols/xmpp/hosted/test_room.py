"""What those in a hosted room are shown of the others."""

from bridge.model import (
    Account,
    MembersChanged,
    Presence,
    PuppetNamed,
    RoomRef,
    SeatWaits,
    Standing,
    Standings,
    UserRef,
)
from tests.protocols.xmpp.hosted.house import Client, House, codes, irc, item, nick, ours, room


async def test_what_people_may_do_is_told_when_it_changes(house: House, anna: Client) -> None:
    house.members["#modes"] = (irc("bob"),)
    await anna.join("#modes", "anna")
    assert house.network
    ref = RoomRef("xmpp", room("#modes"))
    standings = ((irc("bob").user, Standing("operator")), (ours("alice"), Standing("voice")))
    house.network.display(Standings(ref, standings))
    bob = await anna.presence(lambda xml: item(xml)["role"] == "moderator")
    assert nick(bob) == "bob"
    me = await anna.presence(lambda xml: item(xml)["affiliation"] == "member")
    assert (nick(me), "110" in codes(me)) == ("anna", True)


async def test_away_is_shown(house: House, anna: Client) -> None:
    house.members["#away"] = (irc("bob"),)
    await anna.join("#away", "anna")
    assert house.network
    ref = RoomRef("xmpp", room("#away"))
    house.network.display(Standings(ref, ((irc("bob").user, Standing(away="lunch")),)))
    bob = await anna.presence(lambda xml: xml.find("{*}show") is not None)
    assert (bob.findtext("{*}show"), bob.findtext("{*}status")) == ("away", "lunch")


async def test_people_of_irc_come_change_and_go(house: House, anna: Client) -> None:
    await anna.join("#members", "anna")
    house.changed("#members", joined=(irc("bob"),))
    await anna.presence(lambda xml: nick(xml) == "bob")
    house.changed("#members", renamed=(Account(irc("bob").user, "robert"),))
    old = await anna.presence(lambda xml: "303" in codes(xml))
    assert (nick(old), item(old)["nick"]) == ("bob", "robert")
    house.changed("#members", left=(irc("bob").user,), reason="Quit: bye", how="quit")
    gone = await anna.presence(lambda xml: xml.get("type") == "unavailable" and not codes(xml))
    assert (nick(gone), gone.findtext("{*}status")) == ("robert", "Quit: bye")


async def test_people_of_other_networks_are_seen(house: House, anna: Client) -> None:
    house.members["#guests"] = (irc("bob"),)
    await anna.join("#guests", "anna")
    assert house.network
    ref = RoomRef("xmpp", room("#guests"))
    guest = Account(UserRef("matrix", "@bob:hs"), "bob")
    house.network.show(Presence(ref, guest, True))
    seen = await anna.presence(lambda xml: nick(xml) == "bob (2)")
    assert "jid" not in item(seen)
    house.network.display(PuppetNamed(ref, guest.user, "bob[m]"))
    seen = await anna.presence(lambda xml: nick(xml) == "bob[m]")
    assert item(seen)["jid"] == "bob[m]%irc.example.net@bridge.localhost"
    house.network.display(PuppetNamed(ref, guest.user, ""))
    gone = await anna.presence(lambda xml: xml.get("type") == "unavailable" and not codes(xml))
    assert nick(gone) == "bob[m]"


async def test_who_waits_for_a_new_link_is_told(house: House, anna: Client) -> None:
    await anna.join("#waits", "anna")
    assert house.network
    ref = RoomRef("xmpp", room("#waits"))
    house.network.display(SeatWaits(ref, ours("alice"), "Ping timeout"))
    seen = await anna.message(lambda xml: "Ping timeout" in (xml.findtext("{*}body") or ""))
    assert seen.get("from") == ref.id


async def test_the_bridge_learns_who_of_us_is_there(house: House, anna: Client) -> None:
    await anna.join("#known", "anna")
    change = await house.saw(MembersChanged)
    assert [it.user for it in change.joined] == [ours("alice")]
    anna.send(f"<presence type='unavailable' to='{room('#known')}/anna'/>")
    assert await house.saw(MembersChanged, lambda it: it.left == (ours("alice"),))
