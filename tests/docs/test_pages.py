"""The documentation's links lead somewhere, and it names what there is."""

import re
from pathlib import Path

import pytest

from bridge.admin.commands import COMMANDS
from bridge.admin.linking import spelled
from bridge.cli import main
from bridge.cli.setup import SNIPPETS, fill

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("contrib/**/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text("utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_option_of_link_is_explained() -> None:
    text = (ROOT / "docs/link-rooms.md").read_text("utf-8")
    for argument in COMMANDS["link"].arguments:
        if argument.option:
            option = spelled(argument.name)
            assert f"`{option}`" in text or f"{option} " in text


@pytest.mark.parametrize("page", ["docs/install.md", "docs/link-rooms.md", "config.yaml.example"])
def test_every_command_that_is_mentioned_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for name in re.findall(r"\btercet ([a-z]+)\b", text):
        if name not in ("tercet", "on"):
            assert name in main.commands, f"{page} mentions tercet {name}"


def test_the_server_snippets_are_those_that_init_writes() -> None:
    values = {"jid": "bridge.example.org", "secret": "change-me-xmpp-secret"}
    for names in SNIPPETS.values():
        for name in names:
            assert (ROOT / "contrib/servers" / name).read_text("utf-8") == fill(name, values)
