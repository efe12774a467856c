"""Prints three chats beside each other."""

import os
import shutil
import sys
from collections.abc import Sequence

from contrib.demonstration.markup import shown

_GAP = " │ "


class Screen:
    """Three columns on a terminal; plain text if the output goes elsewhere."""

    def __init__(self) -> None:
        self.colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        columns = shutil.get_terminal_size((132, 24)).columns
        self.width = max(24, (columns - 2 * len(_GAP)) // 3)

    def say(self, text: str) -> None:
        """Print a line across."""
        print(text, flush=True)

    def step(self, text: str) -> None:
        """Print what is being done now."""
        self.say(self._painted("1", f"==> {text}"))

    def bad(self, text: str) -> None:
        """Print what went wrong."""
        self.say(self._painted("1;31", text))

    def heading(self, cells: Sequence[str]) -> None:
        """Print the columns' names."""
        self.say("")
        self.row([f"<b>{cell}</b>" for cell in cells])
        self.say("─┼─".join("─" * self.width for _ in cells))

    def row(self, cells: Sequence[str]) -> None:
        """Print a row of neutral text, each cell as high as it needs to be."""
        columns = [shown(cell, self.width, colours=self.colours) for cell in cells]
        empty = " " * self.width
        for number in range(max(map(len, columns))):
            line = [column[number] if number < len(column) else empty for column in columns]
            self.say(_GAP.join(line).rstrip())

    def _painted(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colours else text
