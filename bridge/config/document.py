"""YAML as people expect it: plain values with the line of each, and every mistake of the notation.

``off`` is a word and ``10:30`` a text, as in YAML 1.2; keys are always text.
"""

import os
import re
from pathlib import Path
from typing import Any

import yaml

from bridge.config.problems import Place, Problem, dotted, nearest_line

_TAG = "tag:yaml.org,2002:"
_DEEPEST = 12
"""More levels than any setting has: a reference that contains itself ends here."""


class _Loader(yaml.CSafeLoader):
    """YAML 1.2's idea of what is a number, a truth value or nothing."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"(true|false)$", re.I), list("tTfF"))
_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"(~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver(
    f"{_TAG}int", re.compile(r"[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    f"{_TAG}float", re.compile(r"[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789")
)


class Document:
    """A YAML file taken apart. ``data`` is what could be read of it, a mapping."""

    def __init__(self, text: str):
        self.data: dict[str, Any] = {}
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []
        node = self._compose(self._without_tabs(text))
        if isinstance(node, yaml.MappingNode):
            self.data = self._mapping(node, ())
        elif node is not None:
            self._note((), 1, "the file must hold settings", "write “name: value” lines")

    def read_files(self, folder: Path) -> None:
        """Put the contents of files where ``{file: path}`` stands: for passwords that should not
        be in the configuration. Environment variables in the path are filled in."""
        self.data = self._filled(self.data, (), folder)

    def _note(self, place: Place, line: int, what: str, remedy: str = "") -> None:
        self.problems.append(Problem(line, dotted(place), what, remedy))

    def _without_tabs(self, text: str) -> str:
        """Report tabs used to indent, and go on as if they were spaces."""
        lines = text.split("\n")
        for number, line in enumerate(lines, start=1):
            indent = line[: len(line) - len(line.lstrip())]
            if "\t" in indent and line.strip() and not line.lstrip().startswith("#"):
                self._note((), number, "is indented with a tab", "use spaces")
            lines[number - 1] = indent.expandtabs(2) + line.lstrip()
        return "\n".join(lines)

    def _compose(self, text: str) -> yaml.Node | None:
        self._loader = _Loader(text)
        try:
            return self._loader.get_single_node()
        except yaml.composer.ComposerError as error:
            # Its own text repeats the value, which may be a password that begins with "*" or "&".
            what = "a value that begins with * or & is read as a reference"
            self._note((), _line(error), what, "put it in quotes")
        except yaml.MarkedYAMLError as error:
            what = f"cannot be read as YAML: {error.problem}" + (
                f" {error.context}" if error.context else ""
            )
            self._note((), _line(error), what, "look at the colons, quotes and indentation here")
        except yaml.YAMLError:
            self._note((), 1, "holds characters that YAML does not allow", "save it as UTF-8 text")
        return None

    def _value(self, node: yaml.Node, place: Place) -> Any:
        if len(place) > _DEEPEST:
            self._note(place[:2], node.start_mark.line + 1, "is nested too deeply")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*place, index)) for index, item in enumerate(node.value)]
        try:
            return self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            what = "has a tag or a form that is not known here"
            self._note(place, node.start_mark.line + 1, what, "put it in quotes")
            return None

    def _item(self, node: yaml.Node, place: Place) -> Any:
        self.lines[place] = node.start_mark.line + 1
        return self._value(node, place)

    def _mapping(self, node: yaml.MappingNode, above: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(above, line, "has a name that is not a word", "write “name: value”")
                continue
            place = (*above, key_node.value)
            if key_node.value in data:
                first = self.lines[place]
                self._note(place, line, f"is set twice, first on line {first}", "keep one of them")
                continue
            self.lines[place] = line
            data[key_node.value] = None
            data[key_node.value] = self._value(value_node, place)
        return data

    def _filled(self, value: Any, place: Place, folder: Path) -> Any:
        match value:
            case {"file": str(name)} if len(value) == 1 and place:
                return self._content(name, place, folder)
            case dict():
                return {k: self._filled(v, (*place, k), folder) for k, v in value.items()}
            case list():
                return [self._filled(v, (*place, i), folder) for i, v in enumerate(value)]
        return value

    def _content(self, name: str, place: Place, folder: Path) -> str | None:
        path = folder / os.path.expandvars(name)
        try:
            return path.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            line = nearest_line(place, self.lines)
            self._note(place, line, f"the file {path} cannot be read: {reason}", "check its path")
            return None


def _line(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1
