"""IRC formatting codes (the mIRC set, modern.ircdocs.horse/formatting): read them into spans, and
know which of them are open somewhere in a text."""

import re
from typing import NamedTuple

from bridge.model import Text
from bridge.model.content import Code, Colour, Face, Inline, Spoiler, Styled

BOLD, ITALIC, UNDERLINE, STRIKE = "\x02", "\x1d", "\x1f", "\x1e"
MONOSPACE, COLOUR, RGB, REVERSE, RESET = "\x11", "\x03", "\x04", "\x16", "\x0f"

_COLOURS = (
    "ffffff 000000 00007f 009300 ff0000 7f0000 9c009c fc7f00"
    " ffff00 00fc00 009393 00ffff 0000fc ff00ff 7f7f7f d2d2d2"
    " 470000 472100 474700 324700 004700 00472c 004747 002747 000047 2e0047 470047 47002a"
    " 740000 743a00 747400 517400 007400 007449 007474 004074 000074 4b0074 740074 740045"
    " b50000 b56300 b5b500 7db500 00b500 00b571 00b5b5 0063b5 0000b5 7500b5 b500b5 b5006b"
    " ff0000 ff8c00 ffff00 b2ff00 00ff00 00ffa0 00ffff 008cff 0000ff a500ff ff00ff ff0098"
    " ff5959 ffb459 ffff71 cfff60 6fff6f 65ffc9 6dffff 59b4ff 5959ff c459ff ff66ff ff59bc"
    " ff9c9c ffd39c ffff9c e2ff9c 9cff9c 9cffdb 9cffff 9cd3ff 9c9cff dc9cff ff9cff ff94d3"
    " 000000 131313 282828 363636 4d4d4d 656565 818181 9f9f9f bcbcbc e2e2e2 ffffff"
)
PALETTE = tuple(_COLOURS.split())
"""Colours 0 to 98."""

CODES = re.compile(
    r"\x03(?:([0-9]{1,2})(?:,([0-9]{1,2}))?)?"
    r"|\x04(?:([0-9a-fA-F]{6})(?:,([0-9a-fA-F]{6}))?)?"
    r"|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
_ANY_CODE = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
_JUNK = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_SPOILERS = re.compile(r"\[spoiler(?:: (?P<reason>[^\]]{1,200}))?\] ?$")

_FACES: tuple[tuple[str, Face], ...] = (
    (STRIKE, "strike"),
    (UNDERLINE, "underline"),
    (ITALIC, "italic"),
    (BOLD, "bold"),
)


class Ink(NamedTuple):
    """What is switched on at one place in a text. Colours are six hex digits."""

    toggles: frozenset[str] = frozenset()
    foreground: str | None = None
    background: str | None = None


PLAIN = Ink()


def spans(text: str) -> tuple[Inline, ...]:
    """Read a line with codes. Foreground equal to background is a spoiler; what is neither text nor
    a code is dropped (XML could not carry it)."""
    if not _ANY_CODE.search(text):
        return (Text(text),)
    found: list[Inline] = []
    ink, start = PLAIN, 0
    pending: list[str] = []
    for code in CODES.finditer(text):
        pending.append(text[start : code.start()])
        start = code.end()
        changed = apply(ink, code)
        if changed != ink:
            _add(found, "".join(pending), ink)
            pending.clear()
            ink = changed
    pending.append(text[start:])
    _add(found, "".join(pending), ink)
    return tuple(found) or (Text(""),)


def strip(text: str) -> str:
    """Remove all codes and everything else that is not text."""
    return _JUNK.sub("", CODES.sub("", text)) if _ANY_CODE.search(text) else text


def clean(text: str) -> str:
    """Make foreign text harmless: no codes, no CTCP, no control characters but the line break."""
    if not _ANY_CODE.search(text):
        return text
    return _JUNK.sub("", text.replace("\r\n", "\n").replace("\t", " "))


def apply(ink: Ink, code: re.Match[str]) -> Ink:
    """Return what is switched on after a code."""
    kind = code[0][0]
    if kind == RESET:
        return PLAIN
    if kind == COLOUR:
        return _coloured(ink, _hex(code[1]), _hex(code[2]), code[1], code[2])
    if kind == RGB:
        return _coloured(ink, code[3], code[4], code[3], code[4])
    return ink._replace(toggles=ink.toggles ^ {kind})


def ink_after(text: str, ink: Ink = PLAIN) -> Ink:
    """Return what is switched on at the end of a text."""
    for code in CODES.finditer(text):
        ink = apply(ink, code)
    return ink


def _coloured(
    ink: Ink, front: str | None, back: str | None, front_told: str | None, back_told: str | None
) -> Ink:
    if front_told is None:
        return ink._replace(foreground=None, background=None)
    background = back.lower() if back else None
    return ink._replace(
        foreground=front.lower() if front else None,
        background=background if back_told is not None else ink.background,
    )


def _hex(number: str | None) -> str | None:
    return PALETTE[int(number)] if number and int(number) < len(PALETTE) else None


def _add(found: list[Inline], text: str, ink: Ink) -> None:
    text = _JUNK.sub("", text)
    if not text:
        return
    span: Inline = Code(text) if MONOSPACE in ink.toggles else Text(text)
    for code, face in _FACES:
        if code in ink.toggles:
            span = Styled(face, (span,))
    front, back = ink.foreground, ink.background
    if REVERSE in ink.toggles and front and back:
        front, back = back, front
    if front and front == back:
        if found and isinstance(found[-1], Spoiler):  # the same one goes on in another face
            found[-1] = Spoiler((*found[-1].children, span), found[-1].reason)
            return
        span = Spoiler((span,), _take_reason(found))
    elif front or back:
        span = Colour((span,), front, back)
    found.append(span)


def _take_reason(found: list[Inline]) -> str:
    """Take back the ``[spoiler: why]`` that we, and others, write before a spoiler."""
    if not found or not isinstance(found[-1], Text):
        return ""
    label = _SPOILERS.search(found[-1].text)
    if not label:
        return ""
    before = found[-1].text[: label.start()]
    found.pop()
    if before:
        found.append(Text(before))
    return label["reason"] or ""
