"""The sentences people read."""

from datetime import UTC

from msgspec import structs

from bridge.core.wording.catalogue import load
from bridge.core.words import ENGLISH as words
from bridge.core.words import Words
from bridge.model import Content, RoomRef, from_text
from bridge.model.content import File, Place, Poll

NOON = 1_800_014_400.0


def test_missed_messages_are_one_line():
    assert (
        words.missed(1, NOON, NOON, "u", UTC) == "[1 message at 12:00 did not get here in time: u]"
    )
    assert words.missed(37, NOON, NOON + 600, "u", UTC) == (
        "[37 messages from 12:00 to 12:10 did not get here in time: u]"
    )


def test_a_refusal_names_the_place_and_the_reason():
    place = words.place(RoomRef("libera", "#r"), "#R")
    assert words.refused(place, "you are banned") == (
        "Your message was not delivered to #R on libera: you are banned"
    )


def test_what_could_not_be_changed_is_not_called_undelivered():
    assert (
        words.not_changed("#r", "no rights") == "What you changed stays as it was in #r: no rights"
    )


def test_a_removal_says_who_and_why_if_that_is_known():
    assert words.removed("#r", "", "", False).startswith("You were removed from #r. What")
    assert words.removed("#r", "op", "spam", True).startswith(
        "You were banned from #r by op (spam)."
    )


def test_a_public_link_of_which_nothing_is_known_is_only_a_link():
    link = "https://example.org/cat.jpg"
    file = File(kind="image", source=link, name="cat.jpg", url=link)
    assert words.attached(file) == link
    assert words.attached(structs.replace(file, size=1_200_000)) == f"{link} (image, 1.2 MB)"
    assert words.attached(structs.replace(file, source="mxc://hs/a")) == f"{link} (image)"


def test_an_excerpt_is_one_line_and_names_what_is_attached():
    assert words.excerpt(None) == ""
    assert words.excerpt(from_text("a\n b"), 2) == "a…"
    cat = File(kind="image", source="s", name="cat.jpg")
    assert words.excerpt(structs.replace(from_text("look!"), attached=(cat,))) == (
        "[image: cat.jpg] look!"
    )
    unnamed = File(kind="voice", source="s")
    place, poll = Place("geo:1,2"), Poll("tea?", ("yes",))
    assert words.excerpt(Content((), attached=(unnamed, place, poll))) == (
        "[voice message] [location: geo:1,2] [poll: tea?]"
    )


def test_reactions_of_several_people_are_one_line():
    hi = from_text("hi")
    assert words.reacted(("👍", "🎉"), "bob", hi) == "reacted with 👍 🎉 to bob: “hi”"
    assert words.reacted(("👍",), "bob", hi, ("carl", "dora", "eve")) == (
        "reacted with 👍 to bob, as did carl, dora and eve: “hi”"
    )


def test_the_same_is_said_in_german():
    german = Words(load("de"))
    film = File(kind="video", source="s", url="u", size=1_250_000, duration=65)
    assert german.attached(film) == "u (Video 1:05, 1,2 MB)"
    assert german.told_at(NOON, NOON + 86_400, UTC) == "[15.01.2027 12:00] "
    assert german.missed(2, NOON, NOON, "u", UTC) == (
        "[2 Nachrichten von 12:00 Uhr kamen hier nicht rechtzeitig an: u]"
    )
    assert german.removed("#r", "op", "", True).startswith("Du wurdest von op aus #r verbannt. ")
    assert german.attached(Poll("Tee?", ("ja", "nein"), (1, 2))) == (
        "Die Umfrage ist beendet: Tee?\nja: 1 Stimme\nnein: 2 Stimmen"
    )


def test_what_people_write_is_never_taken_for_a_template():
    assert words.quoted("{name}", from_text("{0.__class__}"), False) == (
        "<{name} “{0.__class__}”> "
    )
