"""Secrets at rest."""

from pathlib import Path

import pytest

from bridge.model import Rejected
from protocols.irc.seats.vault import Vault


def test_a_secret_is_locked_with_a_key_that_only_we_can_read(tmp_path: Path) -> None:
    key = tmp_path / "tercet.key"
    locked = Vault(key).lock("pässword")
    assert "pässword" not in locked
    assert key.stat().st_mode & 0o777 == 0o600
    assert Vault(key).unlock(locked) == "pässword"
    assert Vault(key).lock("pässword") != locked


def test_without_its_key_a_secret_is_lost_and_no_new_key_hides_that(tmp_path: Path) -> None:
    locked = Vault(tmp_path / "one").lock("x")
    other = Vault(tmp_path / "two")
    assert other.unlock(locked) == ""
    assert not (tmp_path / "two").exists()
    other.lock("y")
    assert other.unlock(locked) == ""
    (tmp_path / "two").write_text("nonsense")
    assert Vault(tmp_path / "two").unlock(locked) == ""


def test_no_key_can_be_made_where_we_may_not_write(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="admin"):
        Vault(tmp_path / "no" / "folder" / "key").lock("x")
