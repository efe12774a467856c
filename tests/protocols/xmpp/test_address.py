"""Addresses: nothing that comes from elsewhere may make an invalid JID or two equal ones."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from slixmpp import JID

from bridge.model import UserRef
from protocols.xmpp import address

ANY = st.text(max_size=80)
COMPONENT = "bridge.example.org"


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("space cadet", r"space\20cadet"),
        ('call me "ishmael"', r"call\20me\20\22ishmael\22"),
        ("at&t guy", r"at\26t\20guy"),
        ("d'artagnan", r"d\27artagnan"),
        ("/.fanboy", r"\2f.fanboy"),
        ("::foo::", r"\3a\3afoo\3a\3a"),
        ("<foo>", r"\3cfoo\3e"),
        ("user@host", r"user\40host"),
        (r"c:\net", r"c\3a\net"),
        (r"c:\5commas", r"c\3a\5c5commas"),
        (r"c\\net", r"c\\net"),
    ],
)
def test_local_parts_are_escaped_as_xep_0106_shows(text: str, local: str) -> None:
    assert address.escape(text) == local
    assert address.unescape(local) == text


@given(ANY)
@example("\\5c20")
@example("\\\\20")
def test_escaping_is_undone_by_unescaping(text: str) -> None:
    assert address.unescape(address.escape(text)) == text


@given(st.text(max_size=300), st.sampled_from(["irc", "matrix"]))
@example("@alice:hs.localhost", "matrix")
@example("guest/Nick[away]", "irc")
@example("\ud800", "irc")
def test_every_person_has_a_puppet_jid_that_servers_leave_as_it_is(id_: str, network: str) -> None:
    jid = address.puppet_jid(UserRef(network, id_), COMPONENT)
    assert str(JID(jid)) == jid
    assert JID(jid).domain == COMPONENT


@given(ANY, ANY)
@example("a", "A")
@example("~x", "x")
def test_two_people_never_share_a_puppet_jid(one: str, two: str) -> None:
    jids = {address.puppet_jid(UserRef("irc", id_), COMPONENT) for id_ in (one, two)}
    assert len(jids) == len({one, two})


def test_a_puppet_jid_can_be_read_by_a_moderator() -> None:
    jid = address.puppet_jid(UserRef("matrix", "@alice:hs.org"), COMPONENT)
    assert jid == r"matrix%\40alice\3ahs.org@bridge.example.org/puppet"


@given(st.text(), st.booleans())
@example("שלום bob", True)
@example("\u200b", False)
def test_every_name_becomes_a_nick(name: str, strict: bool) -> None:
    nick = address.nick(name, strict)
    assert nick
    assert nick == nick.strip()
    assert len(nick) <= address.LONGEST_NICK * 18  # NFKC can make one character into 18
    assert address.nick(nick, strict) == nick
    if strict:
        assert str(JID(f"room@muc.example/{nick}")) == f"room@muc.example/{nick}"


@pytest.mark.parametrize(
    ("name", "loose", "strict"),
    [
        ("Ann Bee", "Ann Bee", "Ann Bee"),
        ("  a \t b  ", "a b", "a b"),
        ("\u202eevil", "evil", "evil"),
        ("🤖 robot", "🤖 robot", "robot"),
        ("ﬁn", "fin", "fin"),
        ("שלום", "שלום", "שלום"),
        ("שלום bob", "bob", "bob"),
        ("🤖", "🤖", "someone"),
        ("", "someone", "someone"),
    ],
)
def test_nicks_keep_what_rooms_take(name: str, loose: str, strict: str) -> None:
    assert address.nick(name) == loose
    assert address.nick(name, strict=True) == strict


def test_taken_nicks_are_passed_over() -> None:
    taken = {"bob", "bob (2)"}
    assert next(address.nicks("Bob", taken.__contains__)) == "Bob (3)"
    assert list(address.nicks("🤖", lambda _: False))[:3] == ["🤖", "someone", "someone (2)"]


def test_jids_are_taken_apart() -> None:
    assert address.bare("a@b/c/d") == "a@b"
    assert address.resource("a@b/c/d") == "c/d"
    assert address.domain("a@b/c@d") == "b"
    assert address.domain("b") == "b"
    assert address.prepared(" Room@MUC.example/x ") == "room@muc.example"
    with pytest.raises(ValueError, match="second @"):
        address.prepared("a@b@c@")
