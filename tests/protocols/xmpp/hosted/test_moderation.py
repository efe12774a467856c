"""Moderators at work: everything is asked of IRC."""

import pytest

from bridge.model import (
    ListBans,
    MessageRetracted,
    Moderate,
    Rank,
    Rejected,
    RoomRef,
    Standing,
    Standings,
)
from tests.protocols.xmpp.hosted.house import Client, House, condition, irc, ours, room

ADMIN = "http://jabber.org/protocol/muc#admin"


def query(item: str, inside: str = "") -> str:
    return f"<query xmlns='{ADMIN}'><item {item}>{inside}</item></query>"


@pytest.mark.parametrize(
    ("item", "deed", "rank"),
    [
        ("nick='bob' role='none'", "kick", "none"),
        ("nick='bob' affiliation='outcast'", "ban", "none"),
        ("jid='bob%irc.example.net@bridge.localhost' affiliation='outcast'", "ban", "none"),
        ("nick='bob' affiliation='none'", "rank", "none"),
        ("nick='bob' affiliation='member'", "rank", "voice"),
        ("nick='bob' affiliation='admin'", "rank", "operator"),
        ("nick='bob' affiliation='owner'", "rank", "owner"),
        ("nick='bob' role='moderator'", "rank", "halfop"),
        ("nick='bob' role='participant'", "rank", "none"),
        ("nick='bob' role='visitor'", "rank", "muted"),
    ],
)
async def test_a_deed_is_asked_of_irc(
    house: House, anna: Client, item: str, deed: str, rank: Rank
) -> None:
    house.members["#deed"] = (irc("bob"),)
    await anna.join("#deed", "anna")
    answer = await anna.ask(room("#deed"), "set", query(item, "<reason>flood</reason>"))
    assert answer.get("type") == "result"
    asked = await house.was_asked(Moderate)
    assert (asked.deed, asked.nick, asked.rank, asked.reason) == (deed, "bob", rank, "flood")


async def test_a_mask_from_the_list_of_bans_can_be_lifted(house: House, anna: Client) -> None:
    await anna.join("#bans", "anna")
    house.answers[ListBans] = "*!*@bad.host by oper\n~a:eve"
    found = await anna.ask(room("#bans"), "get", query("affiliation='outcast'"))
    items = list(found.iter(f"{{{ADMIN}}}item"))
    assert [it.findtext(f"{{{ADMIN}}}reason") for it in items] == [
        "*!*@bad.host by oper",
        "~a:eve",
    ]
    jid = items[0].get("jid")
    await anna.ask(room("#bans"), "set", query(f"jid='{jid}' affiliation='none'"))
    asked = await house.was_asked(Moderate)
    assert (asked.deed, asked.nick) == ("unban", "*!*@bad.host")


async def test_lists_tell_who_is_what(house: House, anna: Client) -> None:
    house.members["#lists"] = (irc("oper"), irc("bob"))
    house.ranks = {"oper": "operator"}
    await anna.join("#lists", "anna")
    found = await anna.ask(room("#lists"), "get", query("affiliation='admin'"))
    assert [it.get("nick") for it in found.iter(f"{{{ADMIN}}}item")] == ["oper"]
    found = await anna.ask(room("#lists"), "get", query("role='participant'"))
    assert {it.get("nick") for it in found.iter(f"{{{ADMIN}}}item")} == {"bob", "anna"}


async def test_a_refusal_has_ircs_words(house: House, anna: Client) -> None:
    house.answers[Moderate] = Rejected("You're not a channel operator", "forbidden")
    await anna.join("#refused", "anna")
    answer = await anna.ask(room("#refused"), "set", query("nick='bob' role='none'"))
    assert condition(answer) == "forbidden"
    assert answer.findtext("{*}error/{*}text") == "You're not a channel operator"
    answer = await anna.ask(room("#refused"), "set", query("jid='x@y' affiliation='outcast'"))
    assert condition(answer) == "item-not-found"
    answer = await anna.ask(room("#elsewhere"), "set", query("nick='bob' role='none'"))
    assert condition(answer) == "not-acceptable"


async def test_an_operator_removes_a_message(house: House, anna: Client) -> None:
    await anna.join("#remove", "anna")
    request = (
        "<moderate xmlns='urn:xmpp:message-moderate:1' id='K1'>"
        "<retract xmlns='urn:xmpp:message-retract:1'/><reason>spam</reason></moderate>"
    )
    assert condition(await anna.ask(room("#remove"), "set", request)) == "forbidden"
    assert house.network
    ref = RoomRef("xmpp", room("#remove"))
    house.network.display(Standings(ref, ((ours("alice"), Standing("operator")),)))
    assert (await anna.ask(room("#remove"), "set", request)).get("type") == "result"
    event = await house.event(MessageRetracted)
    assert (event.target, event.moderated, event.reason) == ("K1", True, "spam")
