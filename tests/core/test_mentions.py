"""Names in running text become mentions; nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.mentions import addressed, with_mentions
from bridge.model import Content, Mention, Paragraph, Text, UserRef, from_text, plain
from bridge.model.content import Code, CodeBlock, Link, Quote, Styled

ANNA, BOB, AL = (UserRef("irc", name) for name in ("anna", "bob", "al"))
CARL = UserRef("matrix", "carl")
PEOPLE = {
    "carl c": CARL,
    "bob [m]": CARL,
    "anna": ANNA,
    "bob": BOB,
    "al": AL,
    "anna[m]": ANNA,
    "bob_": BOB,
}


def people(words):
    return {word: PEOPLE[word] for word in words & PEOPLE.keys()}


CAROL = UserRef("xmpp", "carol")


def test_who_is_addressed_is_known_from_the_beginning_of_the_line():
    def whom(text):
        return addressed(with_mentions(from_text(text), people, CAROL))

    assert (whom("anna: hi"), whom("Anna, hi"), whom("anna hi"), whom("hi anna: so")) == (
        ANNA,
        ANNA,
        None,
        None,
    )


def spans(text, speaker=CAROL):
    return with_mentions(from_text(text), people, speaker).blocks[0].children


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("anna: hello", [("anna", ANNA)]),
        ("Anna, hello", [("Anna", ANNA)]),
        ("ask anna or bob!", [("anna", ANNA), ("bob", BOB)]),
        ("@anna look", [("anna", ANNA)]),
        ('(anna) "bob"', [("anna", ANNA), ("bob", BOB)]),
        ("anna[m]: hi", [("anna[m]", ANNA)]),
        ("that is anna's", []),
        ("annabel and bobby", []),
        ("joannA", []),
        ("al: short names count when addressed", [("al", AL)]),
        ("but al in the middle does not", []),
        ("first\nal: second line", [("al", AL)]),
        ("thanks bob.", [("bob", BOB)]),
        ("https://anna.example/bob", []),
        ("bob_: yes", [("bob_", BOB)]),
        ("Carl C: and anna?", [("Carl C", CARL), ("anna", ANNA)]),
        ("bob [m], hi", [("bob [m]", CARL)]),
        ("so\nCarl C: hi", [("Carl C", CARL)]),
        ("ask Carl C: he knows", []),
        ("but Carl C, he knows", []),
    ],
)
def test_names_are_found(text, named):
    assert [(s.name, s.user) for s in spans(text) if isinstance(s, Mention)] == named


def test_nobody_mentions_themselves():
    assert spans("anna: note to self", ANNA) == (Text("anna: note to self"),)


def test_what_a_network_has_marked_itself_is_left_as_it_is():
    content = Content((Paragraph((Mention("anna", ANNA), Text(" and bob"))),))
    assert with_mentions(content, people, CAROL) is content


def test_code_quotes_and_links_mention_nobody_but_bold_text_does():
    content = Content(
        (
            CodeBlock("anna"),
            Quote((Paragraph((Text("anna: hi"),)),)),
            Paragraph((Code("anna"), Link("https://x", (Text("anna"),)))),
            Paragraph((Styled("bold", (Text("hey anna"),)),)),
        )
    )
    result = with_mentions(content, people, CAROL)
    assert result.blocks[:3] == content.blocks[:3]
    assert result.blocks[3].children[0].children[1] == Mention("anna", ANNA)


def test_a_list_of_everybody_does_not_address_everybody():
    found = [s for s in spans("anna bob " * 30) if isinstance(s, Mention)]
    assert len(found) == 20


@given(st.text())
def test_no_character_is_lost(text):
    content = from_text(text)
    assert plain(with_mentions(content, people, CAROL)) == text
