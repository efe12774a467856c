"""Writes figures as a table for people, or as JSON for programs."""

from collections.abc import Sequence
from typing import Any

import msgspec

from tests.benchmarks.figures import Figure, Section

_HEADINGS = ("", "Tercet", "beside it", "ratio", "what is beside it", "target")


def as_text(section: Section) -> str:
    """Lay a section out in columns."""
    rows = [_HEADINGS, *(_row(figure) for figure in section.figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [f"{section.name}: {section.title}", ""]
    lines += [_line(row, widths) for row in rows]
    lines += ["", *(f"  {note}" for note in section.notes)] if section.notes else []
    return "\n".join(lines) + "\n"


def as_data(machine: dict[str, str], sections: Sequence[Section]) -> Any:
    """Return plain values, the computed ones included."""
    shown = []
    for section in sections:
        figures = [
            msgspec.to_builtins(figure) | {"ratio": figure.ratio, "met": figure.met}
            for figure in section.figures
        ]
        shown.append(msgspec.to_builtins(section) | {"figures": figures})
    return {"machine": machine, "sections": shown}


def number(value: float) -> str:
    """Write three significant digits or whole thousands."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _row(figure: Figure) -> tuple[str, ...]:
    verdict = {None: "", True: "met", False: "MISSED"}[figure.met]
    return (
        figure.name,
        f"{number(figure.value)} {figure.unit}",
        "" if figure.beside is None else f"{number(figure.beside)} {figure.unit}",
        "" if figure.ratio is None else number(figure.ratio),
        figure.raw,
        f"{figure.target} {verdict}".strip(),
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        text.ljust(width) if column in (0, 4, 5) else text.rjust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  " + "  ".join(cells).rstrip()
