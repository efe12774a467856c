"""Mistakes in the configuration, each with its place, what is wrong, and what to write instead.

Values are never repeated in a message: any of them may be a secret.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from msgspec import Struct
from pydantic import BaseModel

Place = tuple[str | int, ...]
"""The keys that lead to a value."""


class Problem(Struct, frozen=True):
    """One mistake."""

    line: int
    where: str
    """The dotted path of the setting, empty for the file as a whole."""
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return f"{where}{self.what}" + (f"; {self.remedy}" if self.remedy else "")


class ConfigInvalid(Exception):
    """The configuration cannot be used. ``problems`` holds every mistake that was found."""

    def __init__(self, path: Path, problems: Collection[Problem]):
        self.path = path
        self.problems = sorted(problems, key=lambda problem: (problem.line, problem.where))
        super().__init__(
            "\n".join(f"{path}:{problem.line}: {problem}" for problem in self.problems)
        )


def dotted(place: Place) -> str:
    """Write a place as people read it: ``networks.libera.servers[0]``."""
    text = ""
    for key in place:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def nearest_line(place: Place, lines: Mapping[Place, int]) -> int:
    """Return the line of a place, or of the closest thing around it that is written down."""
    for end in range(len(place), 0, -1):
        if place[:end] in lines:
            return lines[place[:end]]
    return 1


def suggestion(word: str, known: Collection[str]) -> str:
    """Say which of the known words was probably meant, else which there are."""
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known here: {', '.join(sorted(known))}" if known else ""


def explain(
    error: Mapping[str, Any], model: type[BaseModel], above: Place, lines: Mapping[Place, int]
) -> Problem:
    """Turn one of pydantic's errors about ``model``, which sits at ``above``, into a problem."""
    place = above + _written(tuple(error["loc"]), above, lines, error["type"] == "missing")
    what, remedy = _words(error, model, tuple(error["loc"]))
    return Problem(nearest_line(place, lines), dotted(place), what, remedy)


def _written(inner: Place, above: Place, lines: Mapping[Place, int], missing: bool) -> Place:
    """Leave out what nobody wrote: a union adds the names of its branches to the place."""
    place: Place = ()
    for index, key in enumerate(inner):
        if (*above, *place, key) in lines or (missing and index == len(inner) - 1):
            place += (key,)
    return place


def _words(error: Mapping[str, Any], model: type[BaseModel], place: Place) -> tuple[str, str]:
    context = error.get("ctx", {})
    name = str(place[-1]) if place else ""
    match error["type"]:
        case "missing":
            return "is missing", f"add {_example(model, place, name)}"
        case "extra_forbidden":
            return "is not a setting", suggestion(name, _keys(model, place[:-1]))
        case "string_type":
            return "must be text", f'put it in quotes, {name}: "…"' if name else "put it in quotes"
        case "int_type" | "int_parsing" | "int_from_float":
            return "must be a whole number", "write digits only, without quotes"
        case "bool_type" | "bool_parsing":
            return "must be true or false", ""
        case "literal_error" | "enum":
            return "is not one of the choices", f"write {context['expected']}"
        case "list_type" | "tuple_type" | "set_type":
            return "must be a list", "write [a, b] or one “- item” on each line"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "must be a section", "indent its settings below it"
        case "value_error" | "assertion_error":
            what, _, remedy = str(context.get("error", error["msg"])).partition("; ")
            return what, remedy
    return str(error["msg"]).replace("Input should", "should"), ""


def _example(model: type[BaseModel], place: Place, name: str) -> str:
    for owner in _models(model, place[:-1]):
        field = owner.model_fields.get(name)
        if field is not None and field.examples:
            return f"“{name}: {field.examples[0]}”"
        if field is not None and field.description:
            return f"“{name}: …” ({field.description})"
    return f"“{name}: …”"


def _keys(model: type[BaseModel], place: Place) -> set[str]:
    return {
        field.alias or name
        for owner in _models(model, place)
        for name, field in owner.model_fields.items()
    }


def _models(model: type[BaseModel], place: Place) -> list[type[BaseModel]]:
    """Find which models may sit at a place below ``model``: several, if it is a union."""
    owners = [model]
    for key in place:
        fields = [owner.model_fields[key] for owner in owners if key in owner.model_fields]
        if isinstance(key, str) and fields:
            owners = [found for field in fields for found in _inside(field.annotation)]
    return owners


def _inside(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _inside(argument)
