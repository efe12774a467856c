from typing import Any

import pytest

from bridge.model.content import Poll
from protocols.matrix import polls
from protocols.matrix.polls import Ballot, Response

OLD = {
    "org.matrix.msc3381.poll.start": {
        "question": {"org.matrix.msc1767.text": "Which?", "body": "Which?", "msgtype": "m.text"},
        "kind": "org.matrix.msc3381.poll.disclosed",
        "max_selections": 1,
        "answers": [
            {"id": "a", "org.matrix.msc1767.text": "Red"},
            {"id": "b", "org.matrix.msc1767.text": "Blue"},
        ],
    },
    "org.matrix.msc1767.text": "Which?\n1. Red\n2. Blue",
}
NEW = {
    "m.text": [{"body": "Which?"}],
    "m.poll": {
        "kind": "m.disclosed",
        "max_selections": 1,
        "question": {"m.text": [{"mimetype": "text/plain", "body": "Which?"}]},
        "answers": [
            {"m.id": "a", "m.text": [{"body": "Red"}]},
            {"m.id": "b", "m.text": [{"body": "Blue"}]},
        ],
    },
}
BALLOT = Ballot(Poll("Which?", ("Red", "Blue")), ("a", "b"), 1)


@pytest.mark.parametrize("content", [OLD, NEW])
def test_a_poll_is_read_in_both_of_its_forms(content: dict[str, Any]) -> None:
    assert polls.ballot(content) == BALLOT


@pytest.mark.parametrize(
    "poll",
    [
        5,
        {},
        {"question": {"m.text": "Which?"}},
        {"question": {"m.text": "Which?"}, "answers": 5},
        {"question": {"m.text": "Which?"}, "answers": [5, {}, {"m.id": 5, "m.text": "x"}]},
        {"question": "Which?", "answers": [{"m.id": "a", "m.text": "x"}]},
        {"question": {"m.text": [5, {"body": " \n"}]}, "answers": [{"m.id": "a", "m.text": "x"}]},
    ],
)
def test_what_leaves_no_choice_is_no_poll(poll: object) -> None:
    assert polls.ballot({"m.poll": poll}) is None


def test_twenty_answers_are_offered_and_none_twice() -> None:
    answers = [{"m.id": str(n), "m.text": f"{n}"} for n in (1, 1, *range(2, 40))]
    found = polls.ballot({"m.poll": {"question": {"body": "?"}, "answers": answers,
        "max_selections": "all"}})  # fmt: skip
    assert found is not None
    assert (len(found.answers), found.selections) == (19, 1)


def vote(who: str, time: float, *answers: str) -> Response:
    return Response(who, time, answers)


@pytest.mark.parametrize(
    ("responses", "votes"),
    [
        ([], (0, 0)),
        ([vote("x", 1, "a"), vote("y", 2, "a"), vote("z", 3, "b")], (2, 1)),
        ([vote("x", 1, "a"), vote("x", 2, "b")], (0, 1)),
        ([vote("x", 2, "b"), vote("x", 1, "a")], (0, 1)),
        ([vote("x", 1, "a"), vote("x", 11, "b")], (1, 0)),
        ([vote("x", 1, "a"), vote("x", 2)], (0, 0)),
        ([vote("x", 1, "a"), vote("x", 2, "nothing of these")], (0, 0)),
        ([vote("x", 1, "a", "b")], (1, 0)),
        ([vote("x", 1, "a", "a")], (1, 0)),
        ([vote("x", 1, "a"), Response("x", 2, None)], (1, 0)),
    ],
)
def test_of_each_person_the_last_vote_before_the_end_counts(
    responses: list[Response], votes: tuple[int, ...]
) -> None:
    assert polls.closed(BALLOT, responses, 10).votes == votes


def test_of_several_choices_each_counts_once() -> None:
    both = Ballot(BALLOT.poll, BALLOT.answers, 2)
    assert polls.closed(both, [vote("x", 1, "a", "a", "b")], 10).votes == (1, 1)


def event(kind: str, content: object, **more: Any) -> dict[str, Any]:
    return {"type": kind, "sender": "@a:hs", "origin_server_ts": 7, "event_id": "$r",
        "content": content} | more  # fmt: skip


def test_a_response_is_read_in_both_of_its_forms() -> None:
    old = event("org.matrix.msc3381.poll.response",
        {"org.matrix.msc3381.poll.response": {"answers": ["a", 5]}})  # fmt: skip
    new = event("m.poll.response", {"m.selections": ["a"]})
    assert polls.response(old) == polls.response(new) == Response("@a:hs", 7, ("a",), "$r")
    assert polls.response(event("m.poll.response", {"m.selections": 5})) == Response(
        "@a:hs", 7, (), "$r"
    )
    assert polls.response(event("m.poll.end", {"m.text": "over"})) == Response(
        "@a:hs", 7, None, "$r"
    )


@pytest.mark.parametrize(
    "found",
    [
        {},
        event("m.room.message", {"m.selections": ["a"]}),
        event("m.poll.response", {}, sender=5),
        event("m.poll.response", {}, origin_server_ts="now"),
        event("m.poll.end", {}),
    ],
)
def test_what_was_taken_back_or_is_odd_is_no_response(found: dict[str, Any]) -> None:
    assert polls.response(found) is None


def test_a_response_names_its_poll() -> None:
    relation = {"rel_type": "m.reference", "event_id": "$p"}
    assert polls.concerned({"m.relates_to": relation}) == "$p"
    assert polls.concerned({"m.relates_to": relation | {"rel_type": "m.thread"}}) is None
    assert polls.concerned({}) is None
