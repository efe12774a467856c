"""Read stanzas: nothing raises, nothing is believed, hostile sizes are bounded."""

from xml.etree.ElementTree import Element, SubElement, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.xmpp import about, decode

ROOM = "room@muc.example"


def message(children: str, **attributes: str) -> decode.MucMessage:
    xml = fromstring(f"<message xmlns='jabber:component:accept'>{children}</message>")
    xml.attrib.update({"from": f"{ROOM}/anna", "id": "c1"} | attributes)
    return decode.message(xml)


def presence(children: str, **attributes: str) -> decode.MucPresence:
    xml = fromstring(f"<presence xmlns='jabber:component:accept'>{children}</presence>")
    xml.attrib.update({"from": f"{ROOM}/anna"} | attributes)
    return decode.presence(xml)


def user(children: str) -> str:
    return f"<x xmlns='http://jabber.org/protocol/muc#user'>{children}</x>"


def test_a_reflected_message_is_read() -> None:
    read = message(
        "<body>hello</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/>"
        f"<stanza-id xmlns='urn:xmpp:sid:0' by='{ROOM}' id='S1'/>"
        "<stanza-id xmlns='urn:xmpp:sid:0' by='elsewhere' id='S2'/>"
        "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='9f'/>"
        "<hop xmlns='urn:tercet:hop:0' id='us'/>"
        f"<delay xmlns='urn:xmpp:delay' from='{ROOM}' stamp='1970-01-01T00:01:00Z'/>"
    )
    assert read == decode.MucMessage(
        nick="anna",
        id="c1",
        body="hello",
        origin_id="o1",
        stanza_ids=((ROOM, "S1"), ("elsewhere", "S2")),
        occupant_id="9f",
        hop="us",
        delays=((ROOM, 60.0),),
    )


def test_the_body_without_a_language_is_preferred() -> None:
    read = message("<body xml:lang='de'>hallo</body><body>hello</body><body xml:lang='fr'>x</body>")
    assert read.body == "hello"
    assert message("<body xml:lang='de'>hallo</body><body xml:lang='fr'>x</body>").body == "hallo"


def test_a_body_of_another_namespace_is_none() -> None:
    assert message("<body xmlns='urn:x'>no</body><x xmlns='urn:y'><body>no</body></x>").body is None


@pytest.mark.parametrize(
    "child",
    [
        "<encrypted xmlns='eu.siacs.conversations.axolotl'/>",
        "<encrypted xmlns='urn:xmpp:omemo:2'/>",
        "<openpgp xmlns='urn:xmpp:openpgp:0'/>",
        "<x xmlns='jabber:x:encrypted'/>",
        "<encryption xmlns='urn:xmpp:eme:0' namespace='x'/>",
    ],
)
def test_encryption_is_recognised(child: str) -> None:
    assert message(f"<body>cannot show</body>{child}").encrypted


@pytest.mark.parametrize(
    ("child", "name", "value"),
    [
        ("<reply xmlns='urn:xmpp:reply:0' id='S1' to='x'/>", "reply", "S1"),
        ("<replace xmlns='urn:xmpp:message-correct:0' id='c0'/>", "replaces", "c0"),
        ("<replace xmlns='urn:xmpp:message-correct:0'/>", "replaces", ""),
        ("<replace xmlns='urn:other' id='c0'/>", "replaces", None),
        ("<thread parent='p'> t1 </thread>", "thread", "t1"),
        ("<thread/>", "thread", ""),
        ("<composing xmlns='http://jabber.org/protocol/chatstates'/>", "state", "composing"),
        ("<gone xmlns='http://jabber.org/protocol/chatstates'/>", "state", ""),
        ("<displayed xmlns='urn:xmpp:chat-markers:0' id='S1'/>", "displayed", "S1"),
        (
            "<retract xmlns='urn:xmpp:message-retract:1' id='S1'/>",
            "retraction",
            about.Retraction("S1"),
        ),
        (
            "<reactions xmlns='urn:xmpp:reactions:0' id='S1'><reaction>x</reaction></reactions>",
            "reactions",
            about.Reactions("S1", ("x",)),
        ),
        (
            "<reactions xmlns='urn:xmpp:reactions:0' id='S1'><reaction>x</reaction></reactions>"
            "<reactions xmlns='urn:xmpp:reactions:0' id='S2'/>",
            "reactions",
            about.Reactions("", ()),
        ),
    ],
)
def test_messages_about_messages_are_known(child: str, name: str, value: object) -> None:
    assert getattr(message(f"<body>x</body>{child}"), name) == value


@pytest.mark.parametrize(
    ("start", "end", "quoted"),
    [
        ("0", "5", ((0, 5),)),
        ("x", "5", ()),
        ("-1", "5", ()),
        ("0", "99999999", ()),
        ("²", "5", ()),
    ],
)
def test_the_range_of_a_quote_is_a_pair_of_numbers(
    start: str, end: str, quoted: tuple[tuple[int, int], ...]
) -> None:
    fallback = (
        "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>"
        f"<body start='{start}' end='{end}'/></fallback>"
    )
    assert message(f"<body>&gt; hi\nyo</body>{fallback}").quoted == quoted


def test_a_kick_a_rename_and_a_destruction_are_read() -> None:
    kick = presence(
        user(
            "<item role='none'><actor nick='boss'/><reason>spam</reason></item><status code='307'/>"
        ),
        type="unavailable",
    )
    assert (kick.kind, kick.codes, kick.actor, kick.reason) == (
        "unavailable",
        frozenset({307}),
        "boss",
        "spam",
    )
    rename = presence(user("<item nick='anne'/><status code='303'/>"), type="unavailable")
    assert (rename.new_nick, rename.codes) == ("anne", frozenset({303}))
    gone = presence(user("<destroy><reason>done</reason></destroy>"), type="unavailable")
    assert (gone.destroyed, gone.reason) == (True, "done")


def test_an_error_says_its_condition_kind_and_words() -> None:
    error = presence(
        "<error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text></error>",
        type="error",
    )
    assert error.failure == decode.Failure("forbidden", "auth", "no")
    assert str(error.failure) == "no (forbidden)"
    assert presence("", type="error").failure == decode.Failure()


def test_an_archived_message_keeps_the_archives_time() -> None:
    xml = fromstring(
        f"<message from='{ROOM}'><result xmlns='urn:xmpp:mam:2' queryid='q' id='S1'>"
        "<forwarded xmlns='urn:xmpp:forward:0'>"
        "<delay xmlns='urn:xmpp:delay' stamp='1970-01-01T00:00:09Z'/>"
        f"<message xmlns='jabber:client' from='{ROOM}/anna'><body>hi</body></message>"
        "</forwarded></result></message>"
    )
    result = decode.archived(xml)
    assert result is not None
    queryid, id_, inner = result
    assert (queryid, id_) == ("q", "S1")
    assert decode.message(inner).delays == (("", 9.0),)
    assert decode.archived(fromstring("<message/>")) is None
    assert decode.archived(fromstring("<m><result xmlns='urn:xmpp:mam:2'/></m>")) is None


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("1970-01-01T00:00:01Z", 1.0),
        ("1970-01-01T01:00:01.5+01:00", 1.5),
        ("1970-01-01T00:00:01", 1.0),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("9" * 1000, None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", 253402351199.0),
    ],
)
def test_times_are_read(stamp: str | None, time: float | None) -> None:
    assert decode.time(stamp) == time


def test_hostile_sizes_are_bounded() -> None:
    read = message(f"<body>{'x' * 1_000_000}</body>", id="i" * 5000)
    assert len(read.body or "") == decode.LONGEST_TEXT + 1
    assert read.id == ""
    fallback = "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>{}</fallback>"
    ranges = "<body start='0' end='1'/>" * 50
    assert len(message(fallback.format(ranges) * 50).quoted) == about.MOST_RANGES
    many = "<stanza-id xmlns='urn:xmpp:sid:0' by='x' id='y'/>" * 1000
    assert len(message(many).stanza_ids) == 8


TAGS = st.sampled_from(
    [
        *decode._CHILDREN,
        "{jabber:component:accept}body",
        "{jabber:component:accept}error",
        "{urn:xmpp:fallback:0}body",
        "{urn:xmpp:message-moderate:0}moderated",
        "{urn:xmpp:message-moderate:1}moderated",
        "{urn:xmpp:reactions:0}reaction",
        "{http://jabber.org/protocol/muc#user}item",
        "{http://jabber.org/protocol/muc#user}status",
        "{http://jabber.org/protocol/muc#user}destroy",
        "{urn:xmpp:mam:2}result",
        "{urn:xmpp:forward:0}forwarded",
        "nothing",
    ]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["id", "by", "from", "type", "code", "stamp", "start", "end", "for", "nick"]),
    st.text(max_size=20),
    max_size=3,
)


@given(st.lists(st.tuples(TAGS, ATTRIBUTES, st.text(max_size=10), st.integers(0, 3)), max_size=12))
def test_no_stanza_makes_it_raise(parts: list[tuple[str, dict[str, str], str, int]]) -> None:
    root = parent = Element("{jabber:component:accept}message")
    for tag, attributes, text, depth in parts:
        child = SubElement(parent if depth else root, tag, attributes)
        child.text = text
        parent = child
    decode.message(root)
    decode.presence(root)
    decode.failure(root)
    decode.archived(root)
    decode.features(root)
