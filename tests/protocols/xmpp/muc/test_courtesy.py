"""Courtesy: everybody is told, nobody is told again and again."""

from xml.etree.ElementTree import fromstring

from protocols.xmpp.muc import courtesy
from protocols.xmpp.muc.courtesy import Courtesy


def test_a_person_is_told_once_about_each_thing() -> None:
    polite = Courtesy()
    first = polite.about_encryption("us@b/x", "r@m/anna", "i1")
    assert first
    assert "encryption off" in (fromstring(first).findtext("body") or "")
    assert polite.about_encryption("us@b/x", "r@m/anna", "i2") is None
    assert polite.about_encryption("us@b/x", "r@m/bob", "i3")
    error = polite.about_private("bob@b/x", "r@m/anna", "i4")
    assert error
    assert "type='error'" in error
    assert polite.about_private("eve@b/x", "r@m/anna", "i5") is None


def test_a_crowd_is_not_remembered_for_ever() -> None:
    polite = Courtesy()
    for number in range(courtesy.PEOPLE * 2):
        polite.about_private("us@b/x", f"r@m/{number}", "i")
    assert len(polite._told) == courtesy.PEOPLE
