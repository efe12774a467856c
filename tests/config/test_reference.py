"""The reference of the configuration is complete and up to date, and the example is right."""

from pathlib import Path

import pytest

from bridge.config import load
from bridge.config.loading import installed_kinds
from bridge.config.reference import keys, reference
from bridge.config.settings import Daemon

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/config.md").read_text("utf-8")
EXAMPLE = (ROOT / "config.yaml.example").read_text("utf-8")


def test_the_page_is_what_the_models_say() -> None:
    assert reference() == PAGE, "run: python -m bridge.config.reference > docs/reference/config.md"


@pytest.mark.parametrize("kind", ["daemon", *installed_kinds()])
def test_every_setting_is_on_the_page_with_its_meaning(kind: str) -> None:
    model = Daemon if kind == "daemon" else installed_kinds()[kind].load().Config
    section = PAGE if kind == "daemon" else PAGE.split(f"of the kind `{kind}`")[1]
    rows = {row[1].strip(" `").replace("[]", ""): row for row in _rows(section)}
    for key in keys(model):
        assert key in rows, f"{key} is not described"
        assert rows[key][3].strip(), f"{key} has no meaning: give its field a description"


def _rows(section: str) -> list[list[str]]:
    return [line.replace("\\|", "").split("|") for line in section.splitlines() if "|" in line]


def test_the_example_loads_and_has_one_network_of_each_kind(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(EXAMPLE)
    config = load(tmp_path / "config.yaml")
    assert {section.kind for section in config.networks.values()} == {"xmpp", "irc", "matrix"}
    assert config.database == tmp_path / "tercet.db"
    for section in config.networks.values():
        assert section.build().kind == section.kind


def test_the_example_shows_the_defaults_where_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(EXAMPLE)
    config, default = load(tmp_path / "config.yaml"), Daemon()
    assert (config.backlog, config.log) == (default.backlog, default.log)
    assert config.http.listen == default.http.listen


def test_the_head_of_the_example_says_which_values_to_change() -> None:
    head = "\n".join(EXAMPLE.splitlines()[:25])
    for key in ("jid", "secret", "servers", "nick", "url", "server_name", "public_url"):
        assert key in head
    assert "tercet check" in head
    marked = [line for line in EXAMPLE.splitlines()[14:] if "# ->" in line]
    assert len(marked) == 9
