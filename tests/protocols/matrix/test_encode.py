import msgspec
import pytest

from bridge.model import RoomRef, Tell, UserRef
from protocols.matrix import encode

ROOM = RoomRef("mx", "!r")
ALICE = UserRef("mx", "@alice:hs")


@pytest.mark.parametrize(
    "original",
    [
        {},
        {"content": 5, "unsigned": []},
        {"content": {"m.mentions": {"user_ids": 5}}, "unsigned": {"m.relations": {"m.replace": 5}}},
        {"content": {"m.mentions": {"user_ids": [5, {}]}}},
    ],
)
def test_an_odd_original_leaves_the_mentions_of_an_edit_as_they_are(
    original: dict[str, object],
) -> None:
    part = encode.Part("m.room.message", msgspec.Raw(b'{"m.mentions":{"user_ids":["@a:hs"]}}'))
    assert encode.addressing_anew(part, original).content == part.content


def test_transactions_are_named_alike_every_time_and_differ_by_part() -> None:
    assert encode.transaction_id("k", 0) == encode.transaction_id("k", 0)
    assert encode.transaction_id("k", 0) != encode.transaction_id("k", 1)


@pytest.mark.parametrize(
    ("retriable", "status"), [(True, "FAIL_RETRIABLE"), (False, "FAIL_PERMANENT")]
)
def test_a_word_about_a_message_is_a_status_and_an_answer(retriable: bool, status: str) -> None:
    tell = Tell(key="k", room=ROOM, user=ALICE, text="no", about=("$1",), retriable=retriable)
    first, second = (encode.read_part(part) for part in encode.told(tell, "mx"))
    assert first.type == "com.beeper.message_send_status"
    assert msgspec.json.decode(first.content)["status"] == status
    answer = msgspec.json.decode(second.content)
    assert answer["msgtype"] == "m.notice"
    assert answer["m.mentions"] == {"user_ids": [ALICE.id]}
    assert answer["m.relates_to"] == {"m.in_reply_to": {"event_id": "$1"}}
    assert answer["dev.tercet.part"] == 1


def test_a_word_about_nothing_is_one_notice_that_names_its_reader() -> None:
    (only,) = encode.told(Tell(key="k", room=ROOM, user=ALICE, text="hello"), "mx")
    assert '"body":"@alice:hs: hello"' in only


def test_a_topic_is_state_and_bounded() -> None:
    part = encode.read_part(encode.topic("x" * 100_000))
    assert (part.type, part.state_key) == ("m.room.topic", "")
    assert len(part.content) < 10_000
