"""Events that people make up, or homeservers garble: none of them ever raises."""

import json
import random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Account, RoomRef, UserRef
from protocols.matrix import decode, ephemeral, polls, relations
from protocols.matrix.appservice import read_transaction

NAMES = (
    ["msgtype", "body", "format", "formatted_body", "info", "m.relates_to", "m.new_content", "url",
     "m.mentions", "filename", "membership", "displayname", "geo_uri", "topic", "file", "size", "w",
     "mimetype", "duration", "thumbnail_url", "rel_type", "event_id", "m.in_reply_to", "key",
     "m.poll", "m.selections", "question", "answers", "m.text", "m.id", "id", "max_selections",
     "org.matrix.msc3381.poll.start", "org.matrix.msc3381.poll.response", "prev_content", "redacts",
     "org.matrix.msc3488.location", "description", "uri", "room", "user_ids", "reason"]
)  # fmt: skip
VALUES = (
    ["m.text", "m.image", "m.audio", "m.file", "m.location", "m.replace", "m.thread", "$0",
         "m.annotation", "m.reference", "mxc://hs/cat", "org.matrix.custom.html", "join", "geo:1,2",
         "> <@a:hs> x\n\ny", "<p>x</p>", "@a:hs", "!r", "image/png", "poll"]
)  # fmt: skip
EVENTS = (
    ["m.room.message", "m.sticker", "m.reaction", "m.room.redaction", "m.room.member", "m.typing",
     "m.receipt", *sorted(polls.STARTS | polls.RESPONSES | polls.ENDS)]
)  # fmt: skip
ODD = (None, True, False, 0, 1, -1, 2**53, 2**70, 1.5, -0.0, 1e308, float("nan"), float("inf"), "",
    " ", "\0", "\ud800", "é", "x" * 300, "\r\n", "🐈‍⬛", "<b>", "&")  # fmt: skip
FIELDS = st.text(max_size=3) | st.sampled_from(
    NAMES
)  # fmt: skip
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(st.characters(exclude_categories=()), max_size=5)
    | st.sampled_from(
        VALUES
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
KINDS = st.sampled_from(EVENTS)
OUTSIDE = st.fixed_dictionaries(
    {"type": KINDS, "room_id": st.just("!r"), "sender": st.just("@a:hs")},
    optional={
        "content": st.dictionaries(FIELDS, JSON) | JSON,
        "event_id": st.just("$1") | JSON,
        "origin_server_ts": st.integers() | JSON,
        "state_key": st.just("@a:hs") | JSON,
        "unsigned": JSON,
        "redacts": JSON,
    },
)
ROOM, ALICE = RoomRef("mx", "!r"), Account(UserRef("mx", "@a:hs"), "a")


class Mess:
    """Makes events up from a seed: much faster than strategies, for the long profile."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def events(self) -> list[Any]:
        return [self.event() if self.random.random() < 0.9 else self.value() for _ in range(2)]

    def event(self) -> dict[str, Any]:
        made: dict[str, Any] = {"type": self.random.choice(EVENTS), "room_id": "!r"}
        made |= {"sender": "@a:hs", "event_id": "$1", "content": self.fields(4)}
        for field in (
            "content",
            "event_id",
            "origin_server_ts",
            "state_key",
            "unsigned",
            "redacts",
        ):
            if self.random.random() < 0.15:
                made[field] = self.value()
        return made

    def fields(self, depth: int) -> dict[str, Any]:
        count = self.random.randrange(7)
        return {self.random.choice(NAMES): self.value(depth - 1) for _ in range(count)}

    def value(self, depth: int = 3) -> Any:
        match self.random.randrange(8 if depth else 5):
            case 0 | 1:
                return self.random.choice(ODD)
            case 5:
                return [self.value(depth - 1) for _ in range(self.random.randrange(4))]
            case 6 | 7:
                return self.fields(depth)
            case _:
                return self.random.choice(VALUES)


def known(mxid: str) -> UserRef | None:
    return UserRef("mx", mxid)


@given(st.lists(OUTSIDE | JSON, max_size=2))
def test_no_event_that_is_made_up_ever_raises(events: list[Any]) -> None:
    read(events)


@given(st.integers(0, 2**64))
def test_no_event_that_is_a_mess_ever_raises(seed: int) -> None:
    read(Mess(seed).events())


def read(events: list[Any]) -> None:
    body = json.dumps({"events": events, "ephemeral": events}).encode()
    ephemeral.read(body)
    try:
        envelopes = read_transaction(body)
    except ValueError:
        return
    for event in envelopes:
        if event is None:
            continue
        for found in (
            decode.message(event, ALICE, ROOM, known, 2_000.0),
            relations.reaction(event, ALICE, ROOM, 2_000.0),
            relations.redaction(event, ALICE, ROOM, 2_000.0, False),
        ):
            msgspec.json.encode(found)  # what is told can be kept
        decode.membership(event)
        decode.own_mark(event)
        content = decode.fields(event.content)
        ballot = polls.ballot(content)
        outside = {"type": event.type, "sender": event.sender, "origin_server_ts": 1}
        response = polls.response(outside | {"content": content})
        if ballot and response:
            polls.closed(ballot, [response], 5)
