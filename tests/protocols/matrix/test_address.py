import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import UserRef
from protocols.matrix.address import Ghosts, decode, encode, is_hashed, linked, localpart

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "coded"),
    [
        ("bob", "bob"),
        ("Nick[away]", "_nick=5baway=5d"),
        ("o'hara@x.org", "o=27hara=40x.org"),
        ("a_b", "a__b"),
        ("=", "=3d"),
        ("é", "=c3=a9"),
        ("room@muc/A", "room=40muc/_a"),
    ],
)
def test_names_are_coded_as_agreed(text: str, coded: str) -> None:
    assert encode(text) == coded
    assert decode(coded) == text


@given(ANY_TEXT)
def test_every_name_comes_back(text: str) -> None:
    assert decode(encode(text)) == text


@given(ANY_TEXT)
def test_only_letters_of_a_localpart_are_used(text: str) -> None:
    assert set(encode(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789._=-/+")


@given(st.text("ab_=3dcA9~"))
def test_what_encode_did_not_write_is_not_read(coded: str) -> None:
    text = decode(coded)
    assert text is None or encode(text) == coded


def ghosts(**prefixes: str) -> Ghosts:
    return Ghosts("hs", "_{network}_{id}", prefixes)


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=20))
def test_the_name_of_a_ghost_tells_whose_it_is(network: str, name: str) -> None:
    rule = ghosts()
    user = UserRef(network, name)
    mxid = rule.mxid(user)
    assert rule.owns(mxid)
    assert is_hashed(mxid) or rule.user(mxid) == user


@given(st.lists(st.tuples(st.text("a_Ab", max_size=4), st.text("a_Ab", max_size=4)), unique=True))
def test_no_two_people_share_a_ghost(people: list[tuple[str, str]]) -> None:
    rule = ghosts()
    assert len({rule.mxid(UserRef(*person)) for person in people}) == len(people)


def test_a_network_may_have_a_prefix_of_its_own() -> None:
    rule = ghosts(libera="_irc_libera_")
    assert rule.mxid(UserRef("libera", "Bob")) == "@_irc_libera__bob:hs"
    assert rule.user("@_irc_libera__bob:hs") == UserRef("libera", "Bob")
    assert rule.owns("@_irc_libera_x:hs")


def test_ghosts_of_other_bridges_and_servers_are_not_ours() -> None:
    rule = ghosts()
    rule.learn("irc")
    assert rule.owns("@_irc_bob:hs")
    assert not rule.owns("@_discord_1:hs")
    assert not rule.owns("@_irc_bob:elsewhere")
    assert rule.user("@_irc_=zz:hs") is None
    assert rule.user("@_irc_:hs") is None


def test_a_name_that_is_too_long_becomes_a_hash_that_nobody_can_choose() -> None:
    rule = ghosts()
    mxid = rule.mxid(UserRef("xmpp", "é" * 200))
    assert len(mxid) <= 255
    assert is_hashed(mxid)
    assert rule.owns(mxid)
    assert rule.user(mxid) is None
    assert not is_hashed(rule.mxid(UserRef("xmpp", localpart(mxid).removeprefix("_xmpp_"))))


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://matrix.to/#/@bob:hs", "@bob:hs"),
        ("https://matrix.to/#/%40bob%3Ahs?via=x", "@bob:hs"),
        ("https://matrix.to/#/@_xmpp_room=40muc/_a:hs", "@_xmpp_room=40muc/_a:hs"),
        ("https://matrix.to/#/#lounge:hs", None),
        ("https://matrix.to/#/%23lounge:hs", "#lounge:hs"),
        ("https://matrix.to/#/!abc:hs/$event", "!abc:hs"),
        ("matrix:u/bob:hs", "@bob:hs"),
        ("matrix:r/lounge:hs", "#lounge:hs"),
        ("matrix:roomid/abc:hs/e/x", "!abc:hs"),
        ("matrix:x/abc", None),
        ("https://matrix.to/#/", None),
        ("https://example.org/@bob:hs", None),
        ("javascript:alert(1)", None),
    ],
)
def test_links_lead_to_people_and_rooms(url: str, target: str | None) -> None:
    assert linked(url) == target
