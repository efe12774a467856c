"""An event becomes a command when its turn has come."""

from datetime import UTC

import pytest
from msgspec import structs

from bridge.core.render import Moment, Related, Situation
from bridge.core.render import render as render_at
from bridge.model import (
    Account,
    Capabilities,
    Content,
    File,
    MessageSent,
    PuppetRemoved,
    Reply,
    RoomRef,
    SetTopic,
    TopicChanged,
    UserRef,
    from_text,
    plain,
)
from bridge.model.content import CodeBlock, Place, Poll

ANNA = Account(UserRef("xmpp", "anna@x"), "anna")
MUC, CHANNEL = RoomRef("xmpp", "r@muc"), RoomRef("irc", "#r")
NOON = 1_800_014_400.0


def render(event, key, room, can, moment):
    return render_at(event, Situation(key=key, room=room, can=can, moment=moment))


def send(content, can=None, after=0.0, link=""):
    event = MessageSent(room=MUC, author=ANNA, ids=("1",), content=content, time=NOON)
    moment = Moment(NOON + after, UTC, hop="us", link=lambda: link)
    return render(event, "k", CHANNEL, can or Capabilities(), moment)


def test_a_message_keeps_its_author_time_and_mark():
    command = send(from_text("hi"))
    assert (command.speaker, command.time, command.hop, command.late) == (ANNA, NOON, "us", False)
    assert plain(command.content) == "hi"


@pytest.mark.parametrize(
    ("after", "text"),
    [(59, "hi"), (61, "[12:00] hi"), (86_400, "[2027-01-15 12:00] hi")],
)
def test_a_late_message_tells_its_time_where_the_network_cannot(after, text):
    assert plain(send(from_text("hi"), after=after).content) == text
    assert plain(send(from_text("hi"), Capabilities(times=True), after).content) == "hi"


def test_the_time_stands_before_a_block_that_is_no_paragraph():
    command = send(Content((CodeBlock("x = 1"),)), after=90)
    assert plain(command.content) == "[12:00]\nx = 1"


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (from_text("a\nb\nc"), "[full text, 3 lines: u]"),
        (from_text("a" * 100), "[full text: u]"),
        (Content((CodeBlock("a\nb"),)), "[full text, 2 lines: u]"),
        (from_text("short"), ""),
    ],
)
def test_what_may_be_cut_comes_with_the_way_to_the_full_text(content, more):
    assert send(content, link="u").more == more
    assert send(content).more == ""


@pytest.mark.parametrize(
    ("can", "text", "points"),
    [
        (Capabilities(), "bob: hi", False),
        (Capabilities(reply_tags=True), "bob: hi", True),
        (Capabilities(replies=True), "hi", True),
    ],
)
def test_an_answer_is_said_in_words_unless_everybody_sees_what_it_points_at(can, text, points):
    bob = Account(UserRef("irc", "nick:bob"), "bob")
    target = Related(author=bob, parts=(("m1",),), content=from_text("question"), recent=True)
    event = MessageSent(room=MUC, author=ANNA, ids=("1",), content=from_text("hi"), time=NOON)
    at = Situation(key="k", room=CHANNEL, can=can, moment=Moment(NOON), target=target)
    command = render_at(event, at)
    assert plain(command.content) == text
    assert command.reply == (Reply(("m1",), bob, "question") if points else None)


def test_a_topic_is_set_where_that_is_possible():
    event = TopicChanged(room=MUC, topic="t", time=NOON, author=ANNA)
    command = render(event, "k", CHANNEL, Capabilities(), Moment(NOON))
    assert command == SetTopic(key="k", room=CHANNEL, topic="t", speaker=ANNA)
    assert render(event, "k", CHANNEL, Capabilities(topics=False), Moment(NOON)) is None


def test_what_concerns_one_room_only_is_not_told():
    event = PuppetRemoved(room=MUC, user=ANNA.user)
    assert render(event, "k", CHANNEL, Capabilities(), Moment(NOON)) is None


CAT = File(kind="image", source="mxc://hs/a", network="matrix", name="cat.jpg", size=1_200_000)


def captioned(caption, *attached):
    return structs.replace(from_text(caption), attached=attached)


def told(content, **can):
    event = MessageSent(room=MUC, author=ANNA, ids=("1",), content=content, time=NOON)
    offer = Moment(NOON, UTC, offered=lambda file, n: structs.replace(file, url=f"https://gw/{n}"))
    return render(event, "k", CHANNEL, Capabilities(**can), offer).content


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        ("look!", "look! https://gw/0 (image, 1.2 MB)"),
        ("", "https://gw/0 (image, 1.2 MB)"),
        ("two\nlines", "https://gw/0 (image, 1.2 MB)\ntwo\nlines"),
    ],
)
def test_a_file_is_a_link_where_files_cannot_be_shown(caption, text):
    content = told(captioned(caption, CAT))
    assert (plain(content), content.attached) == (text, ())


def test_a_file_is_offered_where_it_can_be_shown():
    content = told(captioned("look!", CAT), files=True)
    assert plain(content) == "look!"
    assert [file.url for file in content.attached] == ["https://gw/0"]


def test_places_and_polls_are_told():
    assert plain(told(captioned("", Place("geo:51.5,0.12;u=35", "home")))) == (
        "location: home https://www.openstreetmap.org/?mlat=51.5&mlon=0.12"
    )
    asked = Poll("Tea?", ("yes", "no"))
    assert plain(told(captioned("", asked), places=True)).split("\n")[:3] == [
        "poll: Tea?",
        "1. yes",
        "2. no",
    ]
    closed = structs.replace(asked, votes=(1, 2))
    assert (
        plain(told(captioned("", closed))) == "the poll has ended: Tea?\nyes: 1 vote\nno: 2 votes"
    )
