"""Presences of a hosted room."""

from xml.etree.ElementTree import fromstring

import pytest

from bridge.model import Account, Rank, Standing, UserRef
from protocols.xmpp.hosted import presence
from protocols.xmpp.hosted.occupants import Occupant, Renamed, Vanished
from protocols.xmpp.hosted.stanza import Stanza, recipient
from tests.protocols.xmpp.hosted.house import codes, condition, item

ROOM = "#c%net@gw"


def who(rank: Rank = "none", away: str | None = None) -> Occupant:
    account = Account(UserRef("net", "bob"), "bob")
    return Occupant(account, "b'<ob", Standing(rank, away), "id")


def read(stanza: Stanza):  # type: ignore[no-untyped-def]
    return fromstring(stanza.to(recipient("a@x/1")))


@pytest.mark.parametrize(
    ("rank", "affiliation", "role"),
    [
        ("owner", "owner", "moderator"),
        ("admin", "admin", "moderator"),
        ("operator", "admin", "moderator"),
        ("halfop", "member", "moderator"),
        ("voice", "member", "participant"),
        ("none", "none", "participant"),
        ("muted", "none", "visitor"),
    ],
)
def test_modes_become_roles(rank: Rank, affiliation: str, role: str) -> None:
    xml = read(presence.available(ROOM, who(rank), "bob%net@gw", 110))
    assert item(xml) == {"affiliation": affiliation, "role": role, "jid": "bob%net@gw"}
    assert (xml.get("from"), xml.get("to"), codes(xml)) == (f"{ROOM}/b'<ob", "a@x/1", {"110"})


def test_away_is_shown() -> None:
    xml = read(presence.available(ROOM, who(away="lunch & tea"), ""))
    assert (xml.findtext("show"), xml.findtext("status")) == ("away", "lunch & tea")
    assert read(presence.available(ROOM, who(away=""), "")).find("status") is None


def test_a_new_nick_is_told_by_the_old_one() -> None:
    xml = read(presence.renaming(ROOM, Renamed(who(), "old"), ""))
    assert (xml.get("from"), xml.get("type")) == (f"{ROOM}/old", "unavailable")
    assert (item(xml)["nick"], codes(xml)) == ("b'<ob", {"303"})


@pytest.mark.parametrize(
    ("how", "transient", "expected"),
    [
        ("left", False, set()),
        ("kicked", False, {"307"}),
        ("banned", False, {"301"}),
        ("quit", True, {"333"}),
    ],
)
def test_how_somebody_went_is_told(how: str, transient: bool, expected: set[str]) -> None:
    change = Vanished(who(), "why & how", "oper", how, transient)
    xml = read(presence.unavailable(ROOM, change, ""))
    assert codes(xml) == expected
    forced = how in ("kicked", "banned")
    assert xml.findtext(".//{*}reason") == ("why & how" if forced else None)
    assert xml.findtext("status") == (None if forced else "why & how")
    assert item(xml)["affiliation"] == ("outcast" if how == "banned" else "none")


def test_a_refusal_names_the_room() -> None:
    error = "<error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    xml = read(presence.refusal(ROOM, "bob", error))
    assert condition(xml) == "forbidden"
    assert xml.find("error").get("by") == ROOM
    assert xml.get("from") == f"{ROOM}/bob"


def test_who_is_out_is_told() -> None:
    xml = read(presence.outside(ROOM, "bob", 332, text="a < b"))
    assert (codes(xml), xml.findtext("status")) == ({"110", "332"}, "a < b")
