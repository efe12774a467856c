"""Answers to strangers."""

from xml.etree.ElementTree import fromstring

import pytest

from protocols.xmpp import disco


def answer(query: str, kind: str = "get", to: str = "bridge.example") -> str:
    return disco.answer(
        fromstring(f"<iq type='{kind}' from=\"a@b/'c\" to='{to}' id='i'>{query}</iq>")
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (disco.PING, "type='result'"),
        (disco.INFO, "category='gateway'"),
        ("<query xmlns='http://jabber.org/protocol/disco#items'/>", "disco#items'/>"),
        ("<query xmlns='jabber:iq:version'/>", "<name>Tercet</name>"),
        ("<vCard xmlns='vcard-temp'/>", "service-unavailable"),
        ("<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>", "item-not-found"),
        ("", "service-unavailable"),
    ],
)
def test_each_question_gets_one_answer(query: str, expected: str) -> None:
    text = answer(query)
    assert expected in text
    xml = fromstring(text)
    assert (xml.get("to"), xml.get("from"), xml.get("id")) == ("a@b/'c", "bridge.example", "i")


def test_nobody_may_set_anything() -> None:
    assert "service-unavailable" in answer(disco.PING, kind="set")


def test_a_puppet_is_a_client() -> None:
    assert "category='client'" in answer(disco.INFO, to="x@bridge.example/puppet")
    assert "urn:xmpp:reply:0" in answer(disco.INFO, to="x@bridge.example/puppet")
    assert "urn:xmpp:reply:0" not in answer(disco.INFO)
