"""Loads the configuration: the file, the networks it names, and every mistake at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bridge.config.document import Document
from bridge.config.problems import (
    ConfigInvalid,
    Place,
    Problem,
    dotted,
    explain,
    nearest_line,
    suggestion,
)
from bridge.config.settings import Daemon
from bridge.core.wording.catalogue import mistakes
from bridge.model import Network

T = TypeVar("T", bound=BaseModel)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
"""Network names become parts of addresses on every network, so they are plain."""


@dataclass(frozen=True)
class NetworkSection:
    """One configured network: what to make and what to make it with."""

    name: str
    kind: str
    network: type[Any]
    settings: BaseModel

    def build(self) -> Network:
        """Make the network. No I/O happens before its ``run``."""
        made: Network = self.network(self.name, self.settings)
        return made


class Config(Daemon, frozen=True, extra="forbid", arbitrary_types_allowed=True):
    """The whole configuration, checked."""

    path: Path
    networks: Mapping[str, NetworkSection]


def load(path: Path, kinds: Mapping[str, EntryPoint] | None = None) -> Config:
    """Read and check a configuration. Imports only the networks that it uses.

    ``kinds`` are the networks there are, by default those that are installed.
    Raises ``ConfigInvalid`` with every mistake in it.
    """
    path = path.absolute()
    document = Document(_read(path))
    document.read_files(path.parent)
    checking = _Checking(document, path.parent, kinds or installed_kinds())
    daemon, networks = checking.daemon(), checking.networks()
    if document.problems or daemon is None:
        raise ConfigInvalid(path, document.problems)
    return Config.model_construct(**dict(daemon), path=path, networks=networks)


def installed_kinds() -> dict[str, EntryPoint]:
    """List the kinds of network that are installed, without importing them."""
    return {entry.name: entry for entry in entry_points(group="tercet.networks")}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        problem = Problem(1, "", "there is no such file", "write one with “tercet init”")
    except UnicodeDecodeError as error:
        problem = Problem(1, "", f"byte {error.start} is not UTF-8", "save it as UTF-8 text")
    except OSError as error:
        problem = Problem(1, "", f"cannot be read: {error.strerror}")
    raise ConfigInvalid(path, [problem])


class _Checking:
    """One pass over a document; adds what it finds to the document's problems."""

    def __init__(self, document: Document, folder: Path, kinds: Mapping[str, EntryPoint]):
        self._document, self._folder, self._kinds = document, folder, kinds

    def daemon(self) -> Daemon | None:
        data = {key: value for key, value in self._document.data.items() if key != "networks"}
        data.setdefault("database", "tercet.db")
        for key in ("database", "control"):
            if isinstance(data.get(key), str):
                data[key] = self._folder / Path(data[key]).expanduser()
        daemon = self._validated(Daemon, data, ())
        if daemon is not None and (wrong := daemon.misplaced()):
            self._note(("control",), *wrong.split("; "))
        for mistake in mistakes(daemon.words, daemon.language) if daemon is not None else ():
            self._note(("words", mistake.key), mistake.what, mistake.remedy)
        return daemon

    def networks(self) -> dict[str, NetworkSection]:
        sections = self._document.data.get("networks")
        if not isinstance(sections, dict) or not sections:
            remedy = "add a section for each network below “networks:”"
            self._note(("networks",), "names no network", remedy)
            return {}
        made = [self._section(name, section) for name, section in sections.items()]
        found = {section.name: section for section in made if section is not None}
        self._check_shared(list(found.values()))
        return found

    def _section(self, name: str, section: Any) -> NetworkSection | None:
        place = ("networks", name)
        if not _NAME.fullmatch(name):
            rule = "use a-z, 0-9 and -, beginning with a letter, at most 32 characters"
            self._note(place, "is not a good name for a network", rule)
        if not isinstance(section, dict):
            self._note(place, "must be a section", "indent its settings below it")
            return None
        network = self._network(place, section.get("kind"))
        if network is None:
            return None
        data = {key: value for key, value in section.items() if key != "kind"}
        settings = self._validated(network.Config, data, place)
        return settings and NetworkSection(name, section["kind"], network, settings)

    def _network(self, place: Place, kind: Any) -> type[Any] | None:
        if kind is None:
            choices = " or ".join(f"“kind: {kind}”" for kind in sorted(self._kinds))
            self._note((*place, "kind"), "is missing", f"add {choices}")
        elif not isinstance(kind, str) or kind not in self._kinds:
            remedy = suggestion(str(kind), self._kinds)
            self._note((*place, "kind"), "is not a kind of network that is installed", remedy)
        else:
            try:
                loaded: type[Any] = self._kinds[kind].load()
                return loaded
            except ImportError as error:
                remedy = "install Tercet again with all it needs"
                self._note((*place, "kind"), f"cannot be loaded: {error}", remedy)
        return None

    def _validated(self, model: type[T], data: Any, place: Place) -> T | None:
        try:
            return model.model_validate(data, context={"folder": self._folder})
        except ValidationError as invalid:
            known = {problem.where for problem in self._document.problems}
            for error in invalid.errors(include_url=False):
                problem = explain(error, model, place, self._document.lines)
                if problem.where not in known or not problem.where:
                    self._document.problems.append(problem)
        return None

    def _check_shared(self, sections: list[NetworkSection]) -> None:
        """Find settings that two networks of a kind share although they must not."""
        owners: dict[tuple[str, str, Any], str] = {}
        for section in sections:
            for key in getattr(section.network, "exclusive", ()):
                value = getattr(section.settings, key)
                owner = owners.setdefault((section.kind, key, value), section.name)
                if value is not None and owner != section.name:
                    what = f"is the same as in networks.{owner}"
                    remedy = f"every {section.kind} network needs a {key} of its own"
                    self._note(("networks", section.name, key), what, remedy)

    def _note(self, place: Place, what: str, remedy: str = "") -> None:
        line = nearest_line(place, self._document.lines)
        self._document.problems.append(Problem(line, dotted(place), what, remedy))
