"""Corrections mean what their sender said, and nobody else's words."""

from protocols.xmpp.muc import versions
from protocols.xmpp.muc.versions import Versions


def test_a_correction_finds_the_first_version_through_others() -> None:
    known = Versions()
    known.said("anna", "c1", ("sid:S1", "attr:anna/c1"))
    assert known.corrected("anna", "c2", "c1") == "sid:S1"
    assert known.corrected("anna", "c3", "c2") == "sid:S1"
    assert known.corrected("anna", "", "c3") == "sid:S1"


def test_the_same_id_of_another_sender_is_another_message() -> None:
    known = Versions()
    known.said("anna", "1", ("sid:S1",))
    known.said("mallory", "1", ("sid:S2",))
    assert known.corrected("mallory", "2", "1") == "sid:S2"
    assert known.corrected("anna", "2", "1") == "sid:S1"


def test_where_an_id_comes_again_the_latest_message_is_meant() -> None:
    known = Versions()
    known.said("anna", "1", ("sid:S1",))
    known.said("anna", "1", ("sid:S2",))
    assert known.corrected("anna", "2", "1") == "sid:S2"


def test_what_is_not_in_mind_is_named_as_the_bridge_would_know_it() -> None:
    known = Versions()
    known.said("anna", "", ("sid:S1",))
    known.said("anna", "2", ())
    assert known.corrected("anna", "3", "2") == "attr:anna/2"
    assert known.corrected("anna", "4", "3") == "attr:anna/2"


def test_the_memory_is_bounded() -> None:
    known = Versions()
    for number in range(versions.KEPT + 10):
        known.said("anna", f"a{number}", (f"sid:{number}",))
    assert known.corrected("anna", "", "a0") == "attr:anna/a0"
    assert known.corrected("anna", "", f"a{versions.KEPT}") == f"sid:{versions.KEPT}"
    assert len(known._first) == versions.KEPT
