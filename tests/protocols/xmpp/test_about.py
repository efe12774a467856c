"""Elements by which a message is about others: forms old and new, and hostile ones."""

from xml.etree.ElementTree import fromstring

import pytest

from protocols.xmpp import about

R1 = "urn:xmpp:message-retract:1"
R0 = "urn:xmpp:message-retract:0"


@pytest.mark.parametrize(
    ("xml", "read"),
    [
        (f"<retract xmlns='{R1}' id='S1'/>", about.Retraction("S1")),
        (f"<retract xmlns='{R1}'/>", about.Retraction("")),
        (
            f"<retract xmlns='{R1}' id='S1'>"
            "<moderated xmlns='urn:xmpp:message-moderate:1' by='r@m/boss'/>"
            "<reason>spam</reason></retract>",
            about.Retraction("S1", True, "r@m/boss", "spam"),
        ),
        (
            f"<retract xmlns='{R1}' id='S1'><moderated xmlns='urn:other'/></retract>",
            about.Retraction("S1"),
        ),
    ],
)
def test_retractions_are_read(xml: str, read: about.Retraction) -> None:
    assert about.retraction(fromstring(xml)) == read


@pytest.mark.parametrize(
    ("inner", "read"),
    [
        (f"<retract xmlns='{R0}'/>", about.Retraction("S1")),
        (
            f"<moderated xmlns='urn:xmpp:message-moderate:0' by='r@m/boss'><retract xmlns='{R0}'/>"
            "<reason>spam</reason></moderated>",
            about.Retraction("S1", True, "r@m/boss", "spam"),
        ),
        ("<moderated xmlns='urn:xmpp:message-moderate:0'/>", None),
        ("<external xmlns='urn:xmpp:fasten:0' name='body'/>", None),
        ("", None),
    ],
)
def test_what_is_fastened_may_be_a_retraction(inner: str, read: about.Retraction | None) -> None:
    xml = f"<apply-to xmlns='urn:xmpp:fasten:0' id='S1'>{inner}</apply-to>"
    assert about.applied(fromstring(xml)) == read


def test_a_reason_is_not_endless() -> None:
    xml = (
        f"<retract xmlns='{R1}' id='S1'><moderated xmlns='urn:xmpp:message-moderate:1'/>"
        f"<reason>{'x' * 5000}</reason></retract>"
    )
    read = about.retraction(fromstring(xml))
    assert read is not None
    assert len(read.reason) == about.LONGEST_REASON


def test_reactions_are_a_set_of_short_texts() -> None:
    long = "x" * (about.LONGEST_REACTION + 1)
    each = "".join(
        f"<reaction>{key}</reaction>" for key in ("👍", " 🎉 ", "👍", "", long, *range(200))
    )
    xml = (
        f"<reactions xmlns='urn:xmpp:reactions:0' id='S1'>{each}<x xmlns='urn:y'>z</x></reactions>"
    )
    read = about.reactions(fromstring(xml))
    assert read.id == "S1"
    assert read.keys[:4] == ("👍", "🎉", "0", "1")
    assert len(read.keys) == about.MOST_REACTIONS


def test_a_fallback_without_a_range_is_none() -> None:
    xml = (
        "<fallback xmlns='urn:xmpp:fallback:0'><body/><subject start='1' end='2'/>"
        "<body start='3' end='4'/><body start='5'/></fallback>"
    )
    assert about.fallback(fromstring(xml)) == ((3, 4),)


@pytest.mark.parametrize(
    ("attributes", "read"),
    [
        ("begin='0' end='3' occupantid='7a'", about.Mention(0, 3, "7a")),
        ("begin='0' end='3'", None),
        ("occupantid='7a'", None),
        ("begin='-1' end='3' occupantid='7a'", None),
    ],
)
def test_mentions_of_one_occupant_are_read(attributes: str, read: about.Mention | None) -> None:
    assert about.mention(fromstring(f"<mention xmlns='urn:xmpp:mentions:0' {attributes}/>")) == read
