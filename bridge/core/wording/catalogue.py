"""Reads the texts of a language and an admin's own, and checks those."""

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from string import Formatter

import yaml
from msgspec import Struct

Text = str | Mapping[str, str]
"""A template, or one for each plural form."""

LANGUAGES = ("en", "de")
_OTHER = "other"
_SPARE = frozenset({"by", "count", "facts", "kind", "others", "reason"})
"""A text makes sense without these fields, so an admin may leave them out."""


def _one_or_other(count: int) -> str:
    return "one" if count == 1 else _OTHER


_PLURALS: Mapping[str, Callable[[int], str]] = {"en": _one_or_other, "de": _one_or_other}
"""How each language counts: the names of the forms are those of Unicode's CLDR."""


class Wrong(Struct, frozen=True):
    """A mistake in one of an admin's own texts."""

    key: str
    what: str
    remedy: str


class Catalogue(Struct, frozen=True):
    """All texts of a language, ready to be filled in."""

    language: str
    forms: Mapping[str, Mapping[str, str]]

    def say(self, key: str, /, **fields: object) -> str:
        """Fill in a text."""
        return self.forms[key][_OTHER].format(**fields)

    def count(self, key: str, count: int, /, **fields: object) -> str:
        """Fill in the form of a text that goes with a number, which is its field ``count``."""
        forms = self.forms[key]
        template = forms.get(_PLURALS[self.language](count), forms[_OTHER])
        return template.format(count=count, **fields)


def load(language: str = "en", own: Mapping[str, Text] | None = None) -> Catalogue:
    """Read a language, with an admin's own texts, which must be right, in place of some."""
    texts = {**read("en"), **read(language), **(own or {})}
    return Catalogue(language, {key: _forms(text) for key, text in texts.items()})


def read(language: str) -> dict[str, Text]:
    """Read the file of a language."""
    texts: dict[str, Text] = yaml.safe_load(source(language))
    return texts


def source(language: str) -> str:
    """Return the file of a language, with its comments."""
    return files(__package__).joinpath(f"{language}.yaml").read_text("utf-8")


def fields(text: Text) -> tuple[str, ...]:
    """Name the fields of a text, in their order."""
    found = (field for form in _forms(text).values() for field in _fields(form))
    return tuple(dict.fromkeys(found))


def mistakes(own: Mapping[str, Text], language: str = "en") -> Iterator[Wrong]:
    """Find what is wrong with an admin's own texts."""
    known = read("en")
    for key, text in own.items():
        if key not in known:
            yield Wrong(key, "is not a text", "docs/reference/words.md lists them all")
        elif not isinstance(known[key], str) and not _is_whole(text):
            yield Wrong(key, f"has no form “{_OTHER}”", f"add “{_OTHER}: …”, which always fits")
        elif isinstance(known[key], str) and not isinstance(text, str):
            yield Wrong(key, "has no plural forms", "write one text")
        else:
            yield from _mistakes(key, text, known[key], language)


def _is_whole(text: Text) -> bool:
    return isinstance(text, str) or _OTHER in text


def _mistakes(key: str, text: Text, known: Text, language: str) -> Iterator[Wrong]:
    there = fields(known)
    may = (
        f"its fields are {', '.join(f'{{{name}}}' for name in there)}"
        if there
        else ("it has no fields; write {{ and }} for braces")
    )
    plurals = {_PLURALS[language](count) for count in range(200)}
    for form, template in _forms(text).items():
        if form not in plurals:
            yield Wrong(key, f"has a form “{form}”", f"there are: {', '.join(sorted(plurals))}")
        try:
            used = set(_fields(template))
        except ValueError as error:
            yield Wrong(key, str(error), may)
            continue
        if unknown := sorted(used - set(there)):
            yield Wrong(key, f"has no field {{{unknown[0]}}}", may)
        elif missing := [name for name in there if name not in used | _SPARE]:
            yield Wrong(key, f"lacks the field {{{missing[0]}}}", may)


def _forms(text: Text) -> Mapping[str, str]:
    return {_OTHER: text} if isinstance(text, str) else text


def _fields(template: str) -> Iterator[str]:
    """Raises ``ValueError`` for anything but plain names in braces."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        raise ValueError("has a brace without its other one") from None
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError("holds something else than a name in braces")
        yield name
