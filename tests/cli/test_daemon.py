"""The commands that talk to the daemon, against a real one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.admin.commands import COMMANDS
from bridge.cli import main
from bridge.cli.daemon import NOT_RUNNING, socket_of
from tests.cli.running import daemon, tercet, tercet_json, write_config


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = write_config(tmp_path_factory.mktemp("daemon"))
    with daemon(path):
        yield path


def test_rooms_are_linked_listed_and_taken_apart(config: Path) -> None:
    linked = tercet(config, "link", "one:a", "two:b", "--name", "den", "--members", "two=all")
    assert linked.exit_code == 0, linked.output
    assert "one:a: joined" in linked.output
    assert "“den” is one conversation now." in linked.output

    rooms = tercet_json(config, "rooms")
    assert [(leg["address"], leg["policy"]["members"]) for leg in rooms[0]["legs"]] == [
        ("a", "speakers"),
        ("b", "all"),
    ]
    assert "two:b" in tercet(config, "rooms").output

    gone = tercet(config, "unlink", "den")
    assert "No longer linked:" in gone.output
    assert tercet_json(config, "rooms") == []


def test_the_status_is_told_to_people_and_programs(config: Path) -> None:
    assert ", ready." in tercet(config, "status").output
    assert tercet_json(config, "status")["healthy"] is True


def test_progress_does_not_disturb_programs(config: Path) -> None:
    result = tercet(config, "link", "one:x", "two:x", "--json")
    assert result.stdout.startswith("[")
    assert "Joining the rooms" in result.stderr
    assert tercet(config, "unlink", "x").exit_code == 0


def test_a_backup_is_a_database_and_never_overwrites(config: Path) -> None:
    copy = config.parent / "copy.db"
    assert tercet_json(config, "backup", str(copy))["bytes"] == copy.stat().st_size
    with sqlite3.connect(copy) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    refused = tercet(config, "backup", str(copy))
    assert refused.exit_code == 1
    assert "Error:" in refused.stderr


def test_a_queue_can_be_cleared(config: Path) -> None:
    assert tercet(config, "link", "one:q", "two:q").exit_code == 0
    assert tercet(config, "queue", "clear", "q").output == "Dropped 0 waiting messages.\n"
    assert tercet(config, "unlink", "q").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("link", "nowhere:a", "two:b"), "no network is called “nowhere”; there are: one, two"),
        (("link", "one:a", "two:b", "--members", "everyone"), "choose one of speakers, all"),
        (("unlink", "nothing"), "nothing"),
    ],
)
def test_a_refusal_says_why(config: Path, arguments: tuple[str, ...], reason: str) -> None:
    result = tercet(config, *arguments)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert "error" in tercet(config, *arguments, "--json").stdout


def test_without_a_daemon_a_command_says_so(tmp_path: Path) -> None:
    result = tercet(write_config(tmp_path), "status")
    assert result.exit_code == NOT_RUNNING
    assert "start it with “tercet run”" in result.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("networks: {}", "tercet.sock"),
        ("database: data/x.db", "data/x.sock"),
        ("control: run/c", "run/c"),
        ("control: /run/c", "/run/c"),
    ],
)
def test_the_socket_is_found_without_reading_all(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    assert socket_of(tmp_path / "config.yaml") == tmp_path / expected


@pytest.mark.parametrize("text", [None, "[", "- a"])
def test_a_configuration_that_cannot_be_read_is_reported(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "config.yaml").write_text(text)
    result = tercet(tmp_path / "config.yaml", "status")
    assert result.exit_code == 1
    assert "config.yaml" in result.stderr


def test_the_command_line_has_every_command_of_the_table() -> None:
    for name in COMMANDS:
        result = tercet(None, *name.split(), "--help")
        assert result.exit_code == 0, name
        assert COMMANDS[name].summary in " ".join(result.output.split())
    assert main.list_commands(None) == sorted(main.list_commands(None))  # type: ignore[arg-type]
