"""The command as a whole."""

from bridge.cli import main
from tests.cli.running import tercet


def test_its_help_names_every_command_in_a_line() -> None:
    text = tercet(None, "--help").output
    for name, command in main.commands.items():
        assert f"  {name} " in text
        assert command.get_short_help_str(200) in " ".join(text.split())
    assert "Begin with: tercet init" in text


def test_an_unknown_command_is_a_mistake_of_the_command_line() -> None:
    result = tercet(None, "dance")
    assert result.exit_code == 2
    assert "No such command" in result.stderr


def test_the_version_is_told_in_both_ways() -> None:
    assert tercet(None, "version").output.startswith("tercet 0.")
    assert tercet(None, "--version").output == tercet(None, "version").output
