"""What is said in the demonstration, by whom, and what everybody should see of it."""

from collections.abc import Mapping
from dataclasses import dataclass

NETWORKS = ("xmpp", "irc", "matrix")
PEOPLE = {"xmpp": "Anna", "irc": "ben", "matrix": "Cleo"}
"""Who sits at which client."""


@dataclass(frozen=True)
class Line:
    """One line of the conversation."""

    speaker: str
    """The network the speaker sits on."""
    said: str
    """In the form of the speaker's own network. ``{Anna}`` stands for how Anna is called there."""
    seen: str
    """In the neutral form. ``{Anna}`` stands for how she is called where it is read."""
    html: str = ""
    kind: str = "text"
    mentions: str = ""
    """Who must be really mentioned on their own network, not only named."""


CONVERSATION = (
    Line("xmpp", "Hello from XMPP!", "Hello from XMPP!"),
    Line("irc", "And hello from IRC.", "And hello from IRC."),
    Line("matrix", "Grüße from Matrix 👋", "Grüße from Matrix 👋"),
    Line("xmpp", "pours tea for everybody", "pours tea for everybody", kind="emote"),
    Line("irc", "takes two sugars", "takes two sugars", kind="emote"),
    Line("matrix", "prefers coffee", "prefers coffee", kind="emote"),
    Line(
        "xmpp",
        "XMPP writes *bold*, _italic_ and `code` like this",
        "XMPP writes <b>bold</b>, <i>italic</i> and <code>code</code> like this",
    ),
    Line(
        "irc",
        "IRC has codes for \x02bold\x02, \x1ditalic\x1d and \x11code\x11 instead",
        "IRC has codes for <b>bold</b>, <i>italic</i> and <code>code</code> instead",
    ),
    Line(
        "matrix",
        "Matrix sends bold, italic and code as HTML",
        "Matrix sends <b>bold</b>, <i>italic</i> and <code>code</code> as HTML",
        "Matrix sends <strong>bold</strong>, <em>italic</em> and <code>code</code> as HTML",
    ),
    Line("xmpp", "Roses are red,\nviolets are blue,", "Roses are red,\nviolets are blue,"),
    Line(
        "matrix",
        "three networks,\none conversation:\nthat will do.",
        "three networks,\none conversation:\nthat will do.",
    ),
    Line("irc", "{Cleo}: did you like it?", "{Cleo}: did you like it?", mentions="matrix"),
    Line(
        "matrix",
        "{ben}: very much",
        "{ben}: very much",
        '<a href="https://matrix.to/#/{id of ben}">{ben}</a>: very much',
        mentions="irc",
    ),
    Line("xmpp", "{ben}, {Cleo}: more tea?", "{ben}, {Cleo}: more tea?", mentions="matrix"),
)


def filled(text: str, names: Mapping[str, str]) -> str:
    """Put the names in their places."""
    for name, called in names.items():
        text = text.replace(f"{{{name}}}", called)
    return text
