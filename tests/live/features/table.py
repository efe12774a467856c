"""The features, what each is called natively, and the table of what became of them."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from tests.live.features.cast import NETWORKS, Cast
from tests.live.features.seen import ASKED, FENCE, Question, Seen, Voice, in_words

Cells = dict[str, str]
"""By the network that hears it."""
Table = dict[str, dict[str, Cells]]
"""By the network that says it, and the feature."""


class Feature(NamedTuple):
    """One row. ``marks``: any of these makes it native."""

    title: str
    marks: frozenset[str]
    sign: bool = False
    """It says nothing itself; ordinary words do not count."""
    wait: float = 0.0
    """Seconds for what nobody promises to be in order."""
    about: bool = False
    """It is about something that was said before."""


def _feature(title: str, *marks: str, **more: Any) -> Feature:
    return Feature(title, frozenset(marks), **more)


_about = partial(_feature, about=True)


FEATURES = {
    "text": _feature("text", "text"),
    "emote": _feature("emote", "emote"),
    "notice": _feature("notice", "notice"),
    "bold": _feature("bold", "bold"),
    "italic": _feature("italic", "italic"),
    "mono": _feature("monospaced", "mono"),
    "strike": _feature("struck out", "strike"),
    "colour": _feature("colour", "colour"),
    "lines": _feature("several lines", "lines"),
    "long": _feature("long text", "long"),
    "spoiler": _feature("spoiler", "spoiler"),
    "code": _feature("code block", "code"),
    "quote": _feature("quote", "quote"),
    "list": _feature("list", "list"),
    "link": _feature("link", "link"),
    "mention": _about("mention", "mention"),
    "reply": _about("reply", "reply"),
    "thread": _about("thread", "thread"),
    "reaction": _about("reaction", "reaction", wait=2.0),
    "unreaction": _about("reaction taken away", "unreaction"),
    "edit": _about("edit", "edit", wait=2.0),
    "retraction": _about("retraction", "retract"),
    "moderation": _about("removal by a moderator", "retract", "moderation"),
    "image": _feature("image", "file"),
    "caption": _feature("image with a caption", "file"),
    "sticker": _feature("sticker", "sticker"),
    "voice": _feature("voice message", "voice", "file"),
    "place": _feature("location", "place"),
    "poll": _feature("poll", "poll"),
    "emoji": _feature("custom emoji", "emoji"),
    "typing": _feature("typing", "typing", sign=True, wait=2.0),
    "read": _about("read mark", "read", sign=True, wait=2.0),
    "topic": _feature("topic", "topic", wait=1.2),
    "people": _feature("somebody joins and speaks", "join", sign=True, wait=1.0),
    "leaving": _feature("somebody leaves", "part", sign=True, wait=1.5),
}
_ONE_RELAY = "one relay speaks for all"
_NO_REDACTION = "the server cannot take a line back"
REASONS = {
    ("typing", "irc"): _ONE_RELAY,
    ("people", "irc"): _ONE_RELAY,
    ("leaving", "irc"): _ONE_RELAY,
    ("read", "irc"): "IRC has none for channels",
    ("read", "ergo"): "IRC has none for channels",
    ("unreaction", "irc"): "nobody needs a line about that",
    ("retraction", "irc"): _NO_REDACTION,
    ("moderation", "irc"): _NO_REDACTION,
}
"""Why nothing at all is shown."""
UNEXPLAINED = "nobody knows why"
UNSAYABLE = {
    "xmpp": {
        "notice": "MUCs have none",
        "colour": "there is none",
        "list": "a list is text",
        "caption": "it is a message of its own",
        "voice": "it is a sound like others",
        "poll": "there is none",
        "emoji": "there is none",
    },
    "irc": {
        "lines": "a line is a message",
        "long": "a line is a message",
        "code": "there is none",
        "quote": "a quote is text",
        "list": "a list is text",
        "thread": "there are none",
        "edit": "there is none",
        "read": "there are none for channels",
        "caption": "a link with other words is text",
        "sticker": "there is none",
        "voice": "there is none",
        "place": "there is none",
        "poll": "there is none",
        "emoji": "there is none",
    },
}
UNSAYABLE["ergo"] = dict(UNSAYABLE["irc"])
UNSAYABLE["irc"] |= dict.fromkeys(
    ("reply", "reaction", "unreaction", "retraction", "moderation", "typing"), "the server has none"
)
UNSAYABLE["matrix"] = {}


async def observe(cast: Cast) -> Table:
    """Say everything everywhere, in the four portals at once."""
    portals = await cast.voices()
    sides = await asyncio.gather(*(_side(name, portals[name]) for name in NETWORKS))
    return dict(zip(NETWORKS, sides, strict=True))


async def _side(network: str, voices: Mapping[str, Voice]) -> dict[str, Cells]:
    source = voices[network]
    partner = voices["xmpp" if network == "matrix" else "matrix"]
    others = [voice for voice in voices.values() if voice is not source]
    rows = {}
    for number, (name, feature) in enumerate(FEATURES.items()):
        if name in UNSAYABLE[network]:
            continue
        question = Question("", "")
        if feature.about:
            question = await _question(f"{ASKED} {number}", partner, source)
        seen = await _perform(name, feature, source, others, question, number)
        rows[name] = {
            voice.network: cell(name, voice.network, seen[voice.network]) for voice in others
        }
    return rows


async def _question(text: str, partner: Voice, source: Voice) -> Question:
    await partner.say(text)
    await source.hears(text)
    return Question(text, source.name_of(text))


async def _perform(
    name: str, feature: Feature, source: Voice, others: list[Voice], question: Question, number: int
) -> dict[str, list[Seen]]:
    steps = getattr(source, name)(question)
    await anext(steps)
    if feature.about:
        await _fence(f"{FENCE} {number}a", source, others)
    starts = {voice.network: voice.position() for voice in others}
    await anext(steps, None)
    await asyncio.sleep(feature.wait)
    await _fence(f"{FENCE} {number}b", source, others)
    return {voice.network: voice.since(starts[voice.network]) for voice in others}


async def _fence(text: str, source: Voice, others: list[Voice]) -> None:
    await source.say(text)
    await asyncio.gather(*(voice.hears(text) for voice in others))


def cell(name: str, network: str, seen: list[Seen]) -> str:
    """Say what became of a feature on one network."""
    feature = FEATURES[name]
    texts = [] if feature.sign else [one.text for one in seen if one.text]
    if any(one.marks & feature.marks for one in seen):
        return "native" + (
            f", and `` {in_words(texts)} ``" if _also_in_words(name, network) else ""
        )
    if texts:
        return f"`` {in_words(texts)} ``"
    return f"– ({REASONS.get((name, network), UNEXPLAINED)})"


def _also_in_words(name: str, network: str) -> bool:
    return name == "reply" and network in ("irc", "ergo")


TITLES = {
    "xmpp": "XMPP",
    "irc": "IRC, one relay",
    "ergo": "IRC with tags, puppets",
    "matrix": "Matrix",
}
HEAD = """# What becomes of everything

<!-- Written by `python -m tests.live.features`; do not edit. -->

What was said on one network and what a real client on each other one then saw, by the tests that
ran: Prosody, InspIRCd (plain: the client knows no tags, and one relay speaks for all, as by
default), Ergo (tags, redaction, people with puppets), Synapse. The bot has moderator's rights, and
`media.fetch.links` is on.

- **native**: the network's own form of it, which clients show as such.
- `` words ``: what is shown instead. `⏎` is the end of a line, `https://…` a link of the bridge's
  own, `\\x11` IRC's code for monospaced.
- **–**: nothing is shown, and why.
"""


def write(table: Table) -> str:
    """Write the page."""
    return HEAD + "".join(_section(network, table[network]) for network in NETWORKS)


def _section(network: str, rows: dict[str, Cells]) -> str:
    others = [name for name in NETWORKS if name != network]
    lines = [
        f"\n## Said on {TITLES[network]}\n",
        f"| | {' | '.join(TITLES[name] for name in others)} |",
        f"| --- | {' | '.join('---' for _ in others)} |",
    ]
    for name, feature in FEATURES.items():
        cells = rows.get(name)
        shown = [_escaped(cells[other]) if cells else "" for other in others]
        if not cells:
            shown[0] = f"*cannot be said: {UNSAYABLE[network][name]}*"
        lines.append(f"| {feature.title} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
