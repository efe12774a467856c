import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import (
    Account,
    Content,
    Edit,
    File,
    Mention,
    Paragraph,
    Rejected,
    Reply,
    RoomRef,
    Send,
    Text,
    Thread,
    UserRef,
    from_text,
)
from bridge.model.content import Attached, Emoji, Place, Quote, Spoiler, Style, Styled
from protocols.matrix import encode, message

ROOM = RoomRef("mx", "!r")
ALICE = UserRef("mx", "@alice:hs")
CAT = File(kind="image", source="https://x.org/cat.png", name="cat.png")
DOG = File(kind="image", source="https://x.org/dog.png", name="dog.png")
HERE = Place("geo:1,2", "here")


def nobody(user: UserRef) -> str | None:
    return user.id if user.network == "mx" else None


def send(content: Content, more: str = "", hop: str = "") -> Send:
    bob = Account(UserRef("irc", "bob"), "bob")
    return Send(key="k", room=ROOM, speaker=bob, content=content, time=0, more=more, hop=hop)


def written(content: Content, **more: str) -> dict[str, object]:
    (only,) = message.message(send(content, **more), nobody, "@_irc_bob:hs")
    part = encode.read_part(only)
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
    content = encode.read_part(message.edit(command, nobody, "@_irc_bob:hs")).content
    assert len(content) < 50_000
    made = msgspec.json.decode(content)
    assert made["m.new_content"]["body"].endswith("https://x/1")


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_is_said_becomes_json(text: str) -> None:
    try:
        made = written(from_text("." + text))
    except Rejected:
        return
    assert "\x00" not in str(made["body"])


def test_a_relay_puts_the_name_before_the_text() -> None:
    (part,) = message.message(send(from_text("hi")), nobody, "@tercet:hs", "<{name}> ")
    assert '"body":"<bob> hi"' in part


def parts(content: Content, relay: str | None = None, **more: object) -> list[encode.Part]:
    command = msgspec.structs.replace(send(content), **more)
    made = message.message(command, nobody, "@_irc_bob:hs", relay)
    return [encode.read_part(part) for part in made]


def contents(found: list[encode.Part]) -> list[dict[str, object]]:
    return [dict(msgspec.json.decode(part.content)) for part in found]


def attached(*things: Attached, text: str = "") -> Content:
    return Content((Paragraph((Text(text),)),) if text else (), attached=things)


def test_a_file_is_one_event_with_the_words_as_its_caption() -> None:
    found = parts(attached(CAT, text="look!"))
    assert [part.file for part in found] == [CAT]
    assert contents(found) == [{"body": "look!", "m.mentions": {}, "dev.tercet.key": "k"}]
    assert contents(parts(attached(CAT))) == [{"m.mentions": {}, "dev.tercet.key": "k"}]


def test_of_several_things_each_is_an_event_and_the_first_file_has_the_words() -> None:
    found = parts(attached(HERE, CAT, DOG, text="look!"))
    assert [part.file for part in found] == [CAT, DOG, None]
    assert [made.get("body") for made in contents(found)] == ["look!", None, "here geo:1,2"]
    assert [made.get(encode.PART) for made in contents(found)] == [None, 1, 2]


def test_what_is_said_of_a_place_comes_before_it() -> None:
    found = contents(parts(attached(HERE, text="I am here")))
    assert [made["msgtype"] for made in found] == ["m.text", "m.location"]
    assert found[1]["geo_uri"] == "geo:1,2"


def test_the_first_event_answers_and_all_are_in_the_thread() -> None:
    answered = Reply(("$q",), Account(ALICE, "alice"), "?")
    thread = Thread("t", ("$root",), ("$last",))
    first, second = contents(parts(attached(CAT, DOG), reply=answered, thread=thread))
    assert first["m.mentions"] == {"user_ids": ["@alice:hs"]}
    assert first["m.relates_to"] == {
        "rel_type": "m.thread", "event_id": "$root", "is_falling_back": False,
        "m.in_reply_to": {"event_id": "$q"},
    }  # fmt: skip
    assert second["m.relates_to"] == {
        "rel_type": "m.thread", "event_id": "$root", "is_falling_back": True,
        "m.in_reply_to": {"event_id": "$last"},
    }  # fmt: skip


def test_a_relay_names_the_speaker_in_the_caption() -> None:
    (made,) = contents(parts(attached(CAT), "<{name}> "))
    assert made["body"] == "<bob>"


def test_a_custom_emoji_is_shown_if_this_homeserver_has_it() -> None:
    def html(source: str) -> object:
        return written(Content((Paragraph((Emoji("cat", source),)),))).get("formatted_body")

    assert "data-mx-emoticon" in str(html("mxc://hs/abc"))
    assert html("mxc://elsewhere/abc") == html("") == ":cat:"


def test_an_edit_of_a_caption_keeps_the_file() -> None:
    command = Edit(
        key="k",
        room=ROOM,
        speaker=Account(UserRef("irc", "bob"), "bob"),
        target=(("$0",),),
        content=attached(CAT, text="better"),
        time=0,
    )
    part = encode.read_part(message.edit(command, nobody, "@_irc_bob:hs"))
    made = msgspec.json.decode(part.content)
    assert part.file == CAT
    assert (made["body"], made["m.new_content"]["body"]) == ("* better", "better")
    silent = msgspec.structs.replace(command, content=attached(CAT))
    made = msgspec.json.decode(
        encode.read_part(message.edit(silent, nobody, "@_irc_bob:hs")).content
    )
    assert made["m.new_content"] == {"m.mentions": {}}
