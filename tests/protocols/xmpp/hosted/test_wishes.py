"""What a client asks for when it enters."""

from xml.etree.ElementTree import fromstring

import pytest

from bridge.model import Past
from protocols.xmpp.hosted import wishes

NOW = 1_700_000_000.0
MUC = "http://jabber.org/protocol/muc"


def read(inside: str, around: str = ""):  # type: ignore[no-untyped-def]
    xml = fromstring(
        f"<presence xmlns='jabber:client'>{around}<x xmlns='{MUC}'>{inside}</x></presence>"
    )
    return wishes.read(xml, "anna", NOW)


@pytest.mark.parametrize(
    ("history", "past"),
    [
        ("", Past(20)),
        ("<history/>", Past(20)),
        ("<history maxstanzas='3'/>", Past(3)),
        ("<history maxstanzas='99999'/>", Past(200)),
        ("<history maxchars='0'/>", Past(0)),
        ("<history maxstanzas='0'/>", Past(0)),
        ("<history seconds='100'/>", Past(200, NOW - 100)),
        ("<history since='2023-11-14T22:13:20Z'/>", Past(200, NOW)),
        ("<history since='2023-11-14T22:13:20Z' maxstanzas='5'/>", Past(5, NOW)),
        ("<history since='yesterday' maxstanzas='-1'/>", Past(20)),
    ],
)
def test_the_smallest_limit_holds(history: str, past: Past) -> None:
    wish = read(history)
    assert wish.past == past
    assert wish.nick == "anna"


def test_a_password_is_read() -> None:
    assert read("<password>s3cret</password>").password == "s3cret"


def test_without_the_element_nobody_wants_in() -> None:
    assert wishes.read(fromstring("<presence/>"), "anna", NOW) is None


@pytest.mark.parametrize(
    ("children", "away"),
    [
        ("", None),
        ("<show>chat</show>", None),
        ("<show>away</show>", "away"),
        ("<show>xa</show><status>gone fishing</status>", "gone fishing"),
        ("<status>here</status>", None),
    ],
)
def test_away_is_read(children: str, away: str | None) -> None:
    assert wishes.away(fromstring(f"<presence>{children}</presence>")) == away
    assert read("", children).away == away
