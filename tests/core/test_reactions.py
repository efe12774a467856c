"""Full sets become single changes (XEP-0444, semantics 3.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.facts import Original
from bridge.core.reactions import MOST, changes, changes_something, compared, taken_back, told
from bridge.model import (
    Account,
    LegPolicy,
    MessageRetracted,
    Reacted,
    ReactionsSet,
    RoomRef,
    UserRef,
)

ROOM = RoomRef("xmpp", "r")
ANNA, BOB = (Account(UserRef("xmpp", name), name) for name in ("anna", "bob"))


def message(**reactions):
    standing = {ANNA.user: {key: number for number, key in enumerate(reactions.get("anna", ()))}}
    return Original(id=1, room=ROOM, author=BOB, kind="sent", time=0.0, reactions=standing)


def full_set(*keys):
    return ReactionsSet(room=ROOM, author=ANNA, target="1", keys=keys, time=1.0, ids=("r1",))


def single(key, added=True, author=ANNA):
    return Reacted(room=ROOM, author=author, target="1", key=key, time=1.0, added=added)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ((), ("👍", "🎉"), [("👍", True), ("🎉", True)]),
        (("👍", "🎉"), ("🎉",), [("👍", False)]),
        (("🎉",), (), [("🎉", False)]),
        (("👍",), ("👍",), []),
        (("❤",), ("❤️",), []),
        ((), ("👍", "👍"), [("👍", True)]),
        ((), ("", "x" * 65), []),
    ],
)
def test_a_set_is_said_as_its_differences(before, now, said):
    found = changes(full_set(*now), message(anna=before))
    assert [(change.key, change.added) for change in found] == said


def test_nobody_reacts_without_end():
    many = full_set(*(chr(0x1F600 + n) for n in range(200)))
    assert len(list(changes(many, message()))) == MOST


@pytest.mark.parametrize(
    ("event", "news"),
    [
        (single("👍"), False),
        (single("👍", added=False), True),
        (single("🎉"), True),
        (single("🎉", added=False), False),
        (single("👍", author=BOB), True),
        (single(""), False),
    ],
)
def test_what_stands_already_is_no_news(event, news):
    assert changes_something(event, message(anna=("👍",))) is news


def test_a_variation_selector_makes_no_difference():
    assert compared("❤️") == compared("❤")


def reaction(author=ANNA):
    return Original(id=2, room=ROOM, author=author, kind="reacted", time=0.0, target=1, key="👍")


@pytest.mark.parametrize(
    ("actor", "moderated", "allowed"),
    [(ANNA, False, True), (BOB, False, False), (BOB, True, True), (None, True, True)],
)
def test_a_reaction_is_taken_back_by_its_author_or_a_moderator(actor, moderated, allowed):
    event = MessageRetracted(room=ROOM, target="$r", time=1.0, author=actor, moderated=moderated)
    removal = taken_back(event, reaction())
    assert bool(removal) is allowed
    if removal:
        assert (removal.author, removal.key, removal.added) == (ANNA, "👍", False)


@given(st.lists(st.text(max_size=70)), st.lists(st.text(max_size=70)))
def test_after_the_changes_the_set_is_as_it_was_sent(before, now):
    standing = {compared(key) for key in before if 0 < len(key) <= 64}
    for change in changes(full_set(*now), message(anna=tuple(standing))):
        (standing.add if change.added else standing.discard)(compared(change.key))
    assert standing == {compared(key) for key in now[:MOST] if 0 < len(key) <= 64}


@pytest.mark.parametrize(
    ("policy", "members", "is_told"),
    [("few", 49, True), ("few", 50, False), ("on", 5000, True), ("off", 1, False)],
)
def test_a_room_is_told_in_words_as_its_policy_says(policy, members, is_told):
    assert told(LegPolicy(reactions=policy), members) is is_told
