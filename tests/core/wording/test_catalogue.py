"""The texts of every language, and an admin's own."""

import pytest

from bridge.core.wording.catalogue import LANGUAGES, Wrong, fields, load, mistakes, read


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_and_fills_in_the_same(language):
    texts = read(language)
    assert texts.keys() == read("en").keys()
    assert list(mistakes(texts, language)) == []
    assert all(
        isinstance(text, str) == isinstance(read("en")[key], str) for key, text in texts.items()
    )


def test_a_number_chooses_the_form():
    texts = load("de")
    assert texts.count("size_bytes", 1) == "1 Byte"
    assert texts.count("size_bytes", 0) == "0 Bytes"


def test_own_texts_stand_in_place_of_those_of_the_language():
    texts = load("de", {"edited": "(neu) {text}", "size_bytes": "{count} B"})
    assert texts.say("edited", text="x") == "(neu) x"
    assert texts.count("size_bytes", 1) == "1 B"
    assert texts.say("image") == "Bild"


@pytest.mark.parametrize(
    ("key", "text", "what", "remedy"),
    [
        ("edit", "x", "is not a text", "docs/reference/words.md lists them all"),
        ("edited", "(edit)", "lacks the field {text}", "its fields are {text}"),
        ("edited", "{text} {who}", "has no field {who}", "its fields are {text}"),
        ("edited", "{text", "has a brace without its other one", "its fields are {text}"),
        (
            "edited",
            "{text!r}",
            "holds something else than a name in braces",
            "its fields are {text}",
        ),
        (
            "edited",
            "{text.real}",
            "holds something else than a name in braces",
            "its fields are {text}",
        ),
        ("edited", "{0}", "holds something else than a name in braces", "its fields are {text}"),
        ("image", "{x}", "has no field {x}", "it has no fields; write {{ and }} for braces"),
        ("edited", {"other": "{text}"}, "has no plural forms", "write one text"),
        (
            "size_bytes",
            {"one": "a byte"},
            "has no form “other”",
            "add “other: …”, which always fits",
        ),
        ("size_bytes", {"few": "x", "other": "x"}, "has a form “few”", "there are: one, other"),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(key, text, what, remedy):
    assert list(mistakes({key: text})) == [Wrong(key, what, remedy)]


def test_what_says_little_may_be_left_out():
    own = {"file": "{link}", "size_bytes": {"one": "a byte", "other": "{count} B"}}
    assert list(mistakes(own)) == []


def test_fields_are_named_in_their_order():
    assert fields("{b} {a} {b}") == ("b", "a")
    assert fields({"one": "{a}", "other": "{count}"}) == ("a", "count")
