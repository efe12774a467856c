"""The sentences people read."""

from datetime import UTC

from msgspec import structs

from bridge.core import words
from bridge.model import RoomRef
from bridge.model.content import File

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
