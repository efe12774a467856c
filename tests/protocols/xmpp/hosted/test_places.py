"""The gateway's addresses are biboumi's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.xmpp import address
from protocols.xmpp.hosted.places import Place, Places

PLACES = Places("gw")
FIXED = Places("gw", "irc.example.net")


@pytest.mark.parametrize(
    ("jid", "expected"),
    [
        ("gw", Place("gateway", "gw")),
        ("gw/x", Place("gateway", "gw", resource="x")),
        ("irc.net@gw", Place("server", "irc.net@gw", "irc.net")),
        ("#c%irc.net@gw", Place("room", "#c%irc.net@gw", "irc.net", "#c")),
        ("#c%irc.net@gw/anna/b", Place("room", "#c%irc.net@gw", "irc.net", "#c", "anna/b")),
        (r"#b\40c%irc.net@gw", Place("room", r"#b\40c%irc.net@gw", "irc.net", "#b@c")),
        (r"\26local%irc.net@gw", Place("room", r"\26local%irc.net@gw", "irc.net", "&local")),
        ("#a%b%irc.net@gw", Place("room", "#a%b%irc.net@gw", "b%irc.net", "#a")),
        ("bob%irc.net@gw", Place("person", "bob%irc.net@gw", "irc.net", "bob")),
        ("%irc.net@gw/Zoë", Place("person", "%irc.net@gw", "irc.net", "Zoë", "Zoë")),
    ],
)
def test_an_address_stands_for_something(jid: str, expected: Place) -> None:
    assert PLACES.read(jid) == expected


@pytest.mark.parametrize(
    ("jid", "kind", "name"),
    [
        ("gw", "gateway", ""),
        ("#c@gw", "room", "#c"),
        ("#a%b@gw", "room", "#a%b"),
        ("bob@gw", "person", "bob"),
    ],
)
def test_with_one_server_addresses_are_shorter(jid: str, kind: str, name: str) -> None:
    place = FIXED.read(jid)
    assert (place.kind, place.name, place.server) == (kind, name, "irc.example.net")


def test_what_is_written_is_read_back() -> None:
    assert PLACES.room("#Chan", "irc.net") == "#chan%irc.net@gw"
    assert PLACES.person("We[rd]", "irc.net") == "we[rd]%irc.net@gw"
    assert PLACES.person("Zoë", "irc.net") == "%irc.net@gw/Zoë"
    assert PLACES.server("irc.net") == "irc.net@gw"
    assert FIXED.room("#Chan", "irc.example.net") == "#chan@gw"
    assert FIXED.person("Bob", "irc.example.net") == "bob@gw"
    assert FIXED.server("irc.example.net") == "gw"
    assert FIXED.person("Zoë", "irc.example.net") == "@gw/Zoë"


names = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=",%"), min_size=1
)


@given(names)
def test_any_channel_has_an_address(name: str) -> None:
    jid = PLACES.room(f"#{name}", "irc.net")
    assert PLACES.read(jid).name == f"#{name}".lower()
    assert address.prepared(jid) == jid or "\\" in name
