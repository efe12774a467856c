"""One neutral way to write what someone said, read from each network's own formatting.

``<b>``, ``<i>`` and ``<code>`` stand for formatting, line breaks for themselves. So the same
sentence, seen on three networks, can be compared, and shown on a terminal.
"""

import re
import textwrap
from html import unescape
from itertools import groupby
from unicodedata import east_asian_width

from tests.servers.clients import Said

_IRC = {"\x02": "b", "\x1d": "i", "\x11": "code"}
_STYLING = [  # XEP-0393 §5: what a span may begin and end with, and what it stands for
    (re.compile(r"(?<![^\s_~*(])\*(\S(?:[^*\n]*\S)?)\*"), r"<b>\1</b>"),
    (re.compile(r"(?<![^\s*~(>])_(\S(?:[^_\n]*\S)?)_"), r"<i>\1</i>"),
    (re.compile(r"(?<!\S)`([^`\n]+)`"), r"<code>\1</code>"),
]
_HTML = [
    (re.compile(r"\n"), ""),
    (re.compile(r"<br\s*/?>|</p>\s*<p>"), "\n"),
    (re.compile(r"<(/?)strong>"), r"<\1b>"),
    (re.compile(r"<(/?)em>"), r"<\1i>"),
    (re.compile(r"<(?!/?(?:b|i|code)>)[^>]*>"), ""),
]
_TERMINAL = {"b": "\033[1m", "i": "\033[3m", "code": "\033[7m"}


def neutral(network: str, said: Said) -> str:
    """Write what was said on ``xmpp``, ``irc`` or ``matrix`` in the neutral way."""
    if network == "irc":
        text = _from_irc(said.body)
    elif network == "xmpp":
        text = _rewritten(said.body, _STYLING)
    else:
        html = said.raw["content"].get("formatted_body")
        text = unescape(_rewritten(html, _HTML)) if html else said.body
    return text.replace("\u200b", "").strip()


def shown(text: str, width: int, *, colours: bool) -> list[str]:
    """Break neutral text into lines of ``width`` columns, formatted for a terminal."""
    faces, plain = _spans(text)
    lines = []
    position = 0
    for paragraph in plain.split("\n"):
        for line in textwrap.wrap(paragraph, width, drop_whitespace=False) or [""]:
            face = faces[position : position + len(line)]
            lines.append(_painted(line, face, colours) + " " * (width - _columns(line)))
            position += len(line)
        position += 1
    return lines


def _rewritten(text: str, rules: list[tuple[re.Pattern[str], str]]) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


def _from_irc(line: str) -> str:
    """Codes switch a face on and off; a reset, or the end, switches off what is still on."""
    written, on = [], []
    for character in re.sub(r"\x03(\d{1,2}(,\d{1,2})?)?|[\x04\x16\x1e\x1f]", "", line) + "\x0f":
        face = _IRC.get(character)
        if face and face not in on:
            on.append(face)
            written.append(f"<{face}>")
        elif face or character == "\x0f":
            ended = [one for one in reversed(on) if face in (None, one)]
            written.extend(f"</{one}>" for one in ended)
            on = [one for one in on if one not in ended]
        else:
            written.append(character)
    return "".join(written)


def _spans(text: str) -> tuple[list[str], str]:
    """Return the face of each character, and the characters without tags."""
    faces: list[str] = []
    plain = ""
    face = ""
    for piece in re.split(r"(</?(?:b|i|code)>)", text):
        if re.fullmatch(r"</?(?:b|i|code)>", piece):
            face = "" if piece.startswith("</") else piece[1:-1]
        else:
            plain += piece
            faces += [face] * len(piece)
    return faces, plain


def _columns(line: str) -> int:
    """How wide a terminal shows it: an emoji takes two columns."""
    return sum(1 + (east_asian_width(character) in "FW") for character in line)


def _painted(line: str, faces: list[str], colours: bool) -> str:
    if not colours:
        return line
    painted = ""
    for face, group in groupby(zip(faces, line, strict=True), key=lambda pair: pair[0]):
        run = "".join(character for _, character in group)
        painted += f"{_TERMINAL[face]}{run}\033[0m" if face else run
    return painted
