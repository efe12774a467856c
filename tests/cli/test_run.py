"""``tercet run`` and ``tercet registration``."""

import signal
from pathlib import Path

from bridge.cli.run import write_private
from tests.cli.running import daemon, tercet, write_config

MATRIX = """\
  home:
    kind: matrix
    url: http://127.0.0.1:8008
    server_name: example.org
    as_token: the-first-token
    hs_token: the-other-token
  one: {kind: loopback}
"""


def test_it_says_ready_runs_and_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with daemon(config) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert "stopping" in (tmp_path / "log").read_text()
    assert not (tmp_path / "tercet.sock").exists()


def test_a_second_daemon_is_refused(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with daemon(config):
        result = tercet(config, "run")
        assert result.exit_code == 1
        assert "Error:" in result.stderr


def test_a_wrong_configuration_is_explained(tmp_path: Path) -> None:
    config = write_config(tmp_path, "  one: {kind: lopback}\n  two: 7\n")
    result = tercet(config, "run")
    assert result.exit_code == 1
    assert "2 mistakes" in result.stderr
    assert "did you mean 'loopback'?" in result.stderr


def test_a_registration_is_printed_or_written_for_its_owner_only(tmp_path: Path) -> None:
    config = write_config(tmp_path, MATRIX)
    printed = tercet(config, "registration")
    assert "as_token: the-first-token" in printed.stdout
    assert "@_one_" in printed.stdout
    target = tmp_path / "registration.yaml"
    assert tercet(config, "registration", "home", "--output", str(target)).exit_code == 0
    assert target.read_text() == printed.stdout
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_registration_needs_a_network_that_has_one(tmp_path: Path) -> None:
    work = MATRIX.partition("  one:")[0].replace("home:", "work:").replace("first", "third")
    two = f"{MATRIX}{work}    address: http://127.0.0.1:8090/work\n"
    ambiguous = tercet(write_config(tmp_path, two), "registration")
    assert "say for which network: home, work" in ambiguous.stderr
    wrong = tercet(tmp_path / "config.yaml", "registration", "one")
    assert "one needs no registration; these do: home, work" in wrong.stderr
    none = tercet(write_config(tmp_path), "registration")
    assert "no network in the configuration needs a registration" in none.stderr


def test_a_private_file_is_private_also_if_it_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
