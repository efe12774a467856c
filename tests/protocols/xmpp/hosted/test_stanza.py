"""Stanzas for many, and clients' stanzas cleaned."""

from xml.etree.ElementTree import fromstring, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Rejected
from protocols.xmpp import encode
from protocols.xmpp.hosted import stanza

NS = "jabber:component:accept"


def cleaned(children: str, limit: int = 10_000) -> str:
    return stanza.cleaned(fromstring(f"<message xmlns='{NS}'>{children}</message>"), limit)


def test_one_stanza_becomes_many() -> None:
    text = stanza.message("#c@gw/o'b", "groupchat", "1", "<body>x</body>")
    out = stanza.spliced(text, [stanza.recipient("a@x/1"), stanza.recipient("b@x/'2'")])
    first, second = fromstring(f"<s>{out}</s>")
    assert (first.get("to"), second.get("to")) == ("a@x/1", "b@x/'2'")
    assert first.get("from") == second.get("from") == "#c@gw/o'b"


def test_what_a_client_says_stays_as_it_is() -> None:
    text = (
        "<body xml:lang='de'>a &lt; b\n\"'</body>"
        "<x xmlns='urn:a' b='&quot;&apos;&lt;'><y>1</y>tail<z xmlns='urn:b'/></x>"
    )
    assert fromstring(f"<m xmlns='{NS}'>{cleaned(text)}</m>")[0].text == "a < b\n\"'"
    again = fromstring(f"<message xmlns='{NS}'>{cleaned(text)}</message>")
    assert tostring(again) == tostring(fromstring(f"<message xmlns='{NS}'>{text}</message>"))


@pytest.mark.parametrize(
    "forged",
    [
        "<stanza-id xmlns='urn:xmpp:sid:0' by='x' id='y'/>",
        "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='y'/>",
        "<x xmlns='http://jabber.org/protocol/muc#user'/>",
        "<delay xmlns='urn:xmpp:delay' stamp='y'/>",
    ],
)
def test_what_only_a_room_says_is_left_out(forged: str) -> None:
    assert cleaned(f"<body>x</body>{forged}") == "<body>x</body>"


@pytest.mark.parametrize(
    "children",
    [
        "<a xmlns='b'>" * 30 + "</a>" * 30,
        "<a xmlns='b'/>" * 500,
        f"<body>{'x' * 20_000}</body>",
        f"<body>{'ü' * 6_000}</body>",
    ],
)
def test_too_much_is_refused(children: str) -> None:
    with pytest.raises(Rejected):
        cleaned(children)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=50))
def test_any_text_survives(text: str) -> None:
    clean = encode.clean(text)
    out = cleaned(f"<body>{encode.text_node(text)}</body>")
    assert (fromstring(f"<m xmlns='{NS}'>{out}</m>")[0].text or "") == clean
