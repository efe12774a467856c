"""The reference of the commands is complete and up to date."""

from pathlib import Path

from bridge.admin.commands import COMMANDS
from bridge.cli.reference import reference

PAGE = Path(__file__).parents[2] / "docs/reference/commands.md"


def test_the_page_is_what_the_commands_say() -> None:
    hint = "run: python -m bridge.cli.reference > docs/reference/commands.md"
    assert reference() == PAGE.read_text("utf-8"), hint


def test_every_command_has_its_place() -> None:
    page = PAGE.read_text("utf-8")
    for name in (*COMMANDS, "init", "check", "run", "registration", "version"):
        assert f"## tercet {name}\n" in page
