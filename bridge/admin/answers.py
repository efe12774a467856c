"""What a command answers: data for programs and plain tables for people, shown alike everywhere."""

import time
from typing import Any

from msgspec import Struct


class Table(Struct, frozen=True):
    """Rows under a title."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Answer(Struct, frozen=True, tag="answer"):
    """The outcome of a command."""

    data: Any
    """For programs: what ``--json`` prints."""
    text: str = ""
    tables: tuple[Table, ...] = ()


class Progress(Struct, frozen=True, tag="progress"):
    """Said while a command is at work."""

    text: str


class Refusal(Struct, frozen=True, tag="refusal"):
    """The command was not carried out, and why."""

    text: str


Reply = Answer | Progress | Refusal


def plural(count: int, noun: str) -> str:
    """Write ``1 message`` or ``2 messages``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def duration(seconds: float) -> str:
    """Write a length of time in its largest unit: ``45 s``, ``3 min``, ``5 h``, ``2 d``."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def age(since: float | None) -> str:
    """Write how long ago something was; nothing for None."""
    return "" if since is None else duration(time.time() - since)


def draw(answer: Answer) -> str:
    """Draw an answer for a terminal or a chat in a fixed-width font."""
    return "\n\n".join(filter(None, [answer.text, *map(_drawn, answer.tables)]))


def _drawn(table: Table) -> str:
    lines = [table.title] if table.title else []
    if table.rows:
        rows = [tuple(column.upper() for column in table.columns), *table.rows]
        widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            lines.append("  ".join(cells).rstrip())
    else:
        lines.append("(none)")
    return "\n".join(lines)
