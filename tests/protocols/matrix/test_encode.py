import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import (
    Account,
    Content,
    Edit,
    Mention,
    Paragraph,
    Rejected,
    RoomRef,
    Send,
    Tell,
    Text,
    UserRef,
    from_text,
)
from bridge.model.content import Quote, Spoiler, Style, Styled
from protocols.matrix import encode

ROOM = RoomRef("mx", "!r")
ALICE = UserRef("mx", "@alice:hs")


def nobody(user: UserRef) -> str | None:
    return user.id if user.network == "mx" else None


def send(content: Content, more: str = "", hop: str = "") -> Send:
    bob = Account(UserRef("irc", "bob"), "bob")
    return Send(key="k", room=ROOM, speaker=bob, content=content, time=0, more=more, hop=hop)


def written(content: Content, **more: str) -> dict[str, object]:
    part = encode.read_part(encode.message(send(content, **more), nobody, "@_irc_bob:hs"))
    assert part.type == "m.room.message"
    assert part.state_key is None
    return dict(msgspec.json.decode(part.content))


@pytest.mark.parametrize(
    ("style", "msgtype"), [("text", "m.text"), ("emote", "m.emote"), ("notice", "m.notice")]
)
def test_plain_text_needs_no_html_but_always_says_whom_it_mentions(
    style: Style, msgtype: str
) -> None:
    assert written(from_text("a\nb", style)) == {
        "msgtype": msgtype,
        "body": "a\nb",
        "m.mentions": {},
        "dev.tercet.key": "k",
    }


def test_formatted_text_has_both_forms() -> None:
    made = written(Content((Paragraph((Text("hi "), Styled("bold", (Text("all"),)))),)))
    assert made["body"] == "hi all"
    assert made["formatted_body"] == "hi <strong>all</strong>"


def test_a_spoiler_is_not_in_the_plain_body() -> None:
    made = written(Content((Paragraph((Spoiler((Text("Vader"),), "film"),)),)))
    assert made["body"] == "[spoiler: film]"
    assert "Vader" in str(made["formatted_body"])


def test_speakers_do_not_mention_themselves() -> None:
    spans = (Mention("alice", ALICE), Mention("me", UserRef("mx", "@_irc_bob:hs")))
    assert written(Content((Paragraph(spans),)))["m.mentions"] == {"user_ids": [ALICE.id]}


def test_the_hop_mark_is_put_on() -> None:
    assert written(from_text("x"), hop="here")["dev.tercet.hop"] == "here"


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x01", "\ud800"])
def test_what_holds_nothing_is_refused(text: str) -> None:
    with pytest.raises(Rejected):
        written(from_text(text))


def test_what_is_nested_without_end_is_refused() -> None:
    block = Quote((Paragraph((Text("x"),)),))
    for _ in range(5000):
        block = Quote((block,))
    with pytest.raises(Rejected):
        written(Content((block,)))


@pytest.mark.parametrize("letter", ["x", '"', "é", "\n", "🐈"])
def test_long_text_is_cut_below_the_size_of_an_event(letter: str) -> None:
    made = written(from_text("a" + letter * 100_000), more="Full text: https://x/1")
    assert len(msgspec.json.encode(made)) < 50_000
    assert str(made["body"]).endswith("…\nFull text: https://x/1")


def test_long_formatting_is_dropped_before_text_is() -> None:
    spans = tuple(Styled("bold", (Text("x"),)) for _ in range(5000))
    made = written(Content((Paragraph(spans),)))
    assert made["body"] == "x" * 5000
    assert "formatted_body" not in made


@pytest.mark.parametrize("letter", ["x", '"', "é", "🐈"])
def test_an_edit_says_everything_twice_and_is_cut_for_it(letter: str) -> None:
    command = Edit(
        key="k",
        room=ROOM,
        speaker=Account(UserRef("irc", "bob"), "bob"),
        target=(("$0",),),
        content=from_text("a" + letter * 100_000),
        time=0,
        more="Full text: https://x/1",
    )
    content = encode.read_part(encode.edit(command, nobody, "@_irc_bob:hs")).content
    assert len(content) < 50_000
    made = msgspec.json.decode(content)
    assert made["m.new_content"]["body"].endswith("https://x/1")


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


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_is_said_becomes_json(text: str) -> None:
    try:
        made = written(from_text("." + text))
    except Rejected:
        return
    assert "\x00" not in str(made["body"])


def test_a_relay_puts_the_name_before_the_text() -> None:
    part = encode.message(send(from_text("hi")), nobody, "@tercet:hs", "<{name}> ")
    assert '"body":"<bob> hi"' in part


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
