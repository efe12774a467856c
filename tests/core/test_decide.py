"""Given linked rooms, when something happens in one, then the others are told."""

import pytest

from bridge.core.decide import Notice, decide
from bridge.core.echo import REPEATS
from bridge.core.facts import Facts, Leg
from bridge.core.words import ENGLISH as words
from bridge.model import (
    Account,
    CopyConfirmed,
    LegPolicy,
    Mention,
    MessageSent,
    PuppetRemoved,
    RoomRef,
    TopicChanged,
    UserRef,
    from_text,
)

ANNA = Account(UserRef("xmpp", "anna@x"), "anna")
BOB = UserRef("irc", "nick:bob")
MUC, CHANNEL, ROOM = RoomRef("xmpp", "r@muc"), RoomRef("irc", "#r"), RoomRef("matrix", "!r")


def leg(room, **policy):
    return Leg(room, room.id, LegPolicy(**policy))


def facts(origin=None, others=None, **more):
    return Facts(
        origin=origin or leg(MUC),
        others=others if others is not None else (leg(CHANNEL), leg(ROOM)),
        **more,
    )


def said(text="hi", **more):
    fields = {"ids": ("sid:1",), "time": 5.0, **more}
    return MessageSent(room=MUC, author=ANNA, content=from_text(text), **fields)


def told_to(decision):
    return tuple(room for record in decision.records for room in record.relay_to)


def test_a_message_is_told_to_every_other_room_and_archived():
    decision = decide(said(), facts())
    assert decision.records[0].relay_to == (CHANNEL, ROOM)
    assert decision.records[0].event == said()


def test_a_message_with_an_id_that_is_known_is_a_duplicate():
    assert decide(said(), facts(known=True)).records == ()


def test_a_message_that_carries_our_own_mark_has_gone_round_and_stops():
    assert decide(said(hop="us"), facts(mark="us")).records == ()
    assert decide(said(hop="them"), facts(mark="us")).records


@pytest.mark.parametrize(
    ("origin", "other", "told"),
    [
        ("both", "both", True),
        ("in", "both", True),
        ("out", "both", False),
        ("both", "in", False),
        ("both", "out", True),
    ],
)
def test_directions_are_kept(origin, other, told):
    decision = decide(said(), facts(leg(MUC, direction=origin), (leg(CHANNEL, direction=other),)))
    assert bool(told_to(decision)) is told


def test_the_same_text_again_and_again_stops_and_its_author_is_told_once():
    last = decide(said(), facts(repeats=REPEATS - 1))
    first_stopped = decide(said(), facts(repeats=REPEATS))
    second_stopped = decide(said(), facts(repeats=REPEATS + 1))
    assert told_to(last)
    assert not told_to(first_stopped)
    [notice] = first_stopped.notices
    assert (notice.user, notice.about) == (ANNA.user, ("sid:1",))
    assert second_stopped.notices == ()


def test_people_named_in_a_message_are_mentioned():
    decision = decide(said("bob: hi"), facts(find_names=lambda words: {"bob": BOB}))
    assert decision.records[0].event.content.blocks[0].children[0] == Mention("bob", BOB)


def topic(text, time=5.0, author=ANNA):
    return TopicChanged(room=MUC, topic=text, time=time, author=author)


@pytest.mark.parametrize(
    ("event", "known", "told"),
    [
        (topic("new"), {"topic": "old", "topic_time": 1.0}, True),
        (topic("new"), {}, True),
        (topic("old"), {"topic": "old", "topic_time": 1.0}, False),
        (topic("stale", 0.5), {"topic": "old", "topic_time": 1.0}, False),
        (topic(""), {"topic": "old", "topic_time": 1.0}, True),
        (topic(""), {}, False),
        (topic("again"), {"known": True}, False),
    ],
)
def test_the_newest_topic_wins_and_no_topic_is_told_twice(event, known, told):
    assert bool(told_to(decide(event, facts(**known)))) is told


def test_somebody_whose_puppet_was_removed_is_told_where_they_are():
    event = PuppetRemoved(room=CHANNEL, user=ANNA.user, by="oper", reason="flood", banned=True)
    decision = decide(event, facts(leg(CHANNEL), (leg(MUC), leg(ROOM))))
    text = words.removed("#r on irc", "oper", "flood", True)
    assert decision.notices == (Notice(MUC, ANNA.user, text),)
    assert told_to(decision) == ()


def test_a_notice_becomes_a_command():
    command = Notice(MUC, BOB, "text", ("1",)).command("k")
    assert (command.key, command.user, command.about) == ("k", BOB, ("1",))


def test_confirmations_are_not_decided():
    event = CopyConfirmed(room=MUC, key="k", part=0, ids=())
    assert decide(event, facts()).records == ()
