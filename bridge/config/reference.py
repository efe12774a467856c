"""Writes ``docs/reference/config.md`` from the models: ``python -m bridge.config.reference``."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bridge.config.loading import installed_kinds
from bridge.config.settings import Address, Daemon, Octets

_HEAD = """\
# Configuration

<!-- Written by `python -m bridge.config.reference`; do not edit. -->

Tercet reads one YAML file: `--config FILE`, else `config.yaml` where you are, else
`/etc/tercet/config.yaml`. [config.yaml.example](../../config.yaml.example) is a whole one to begin
with. `tercet check` names every mistake in yours, with its line.

- A length of time is written `30s`, `10m`, `24h` or `7d`; where seconds are asked for, a number.
- The paths `database` and `control` begin where the file is; all others should be absolute.
- Instead of any value you can write `{file: PATH}`: the value is read from that file. So secrets
  can stay outside, for example systemd's credentials:
  `password: {file: $CREDENTIALS_DIRECTORY/libera}`.
- `off` and `on` are words here, not truth values; a secret that looks like a number needs quotes.

## The daemon

| setting | default | meaning |
| --- | --- | --- |
"""


def reference() -> str:
    """Write the page."""
    parts = [_HEAD, *_rows(Daemon, ""), "| `networks` | (required) | The networks; see below. |\n"]
    parts.append(_NETWORKS)
    for kind, entry in sorted(installed_kinds().items()):
        model: type[BaseModel] = entry.load().Config
        rows = list(_rows(model, ""))
        about = " ".join((inspect.getdoc(model) or "").split())
        parts.append(f"\n## Networks of the kind `{kind}`\n\n{about}\n")
        if rows:
            parts += ["\n| setting | default | meaning |\n| --- | --- | --- |\n", *rows]
    return "".join(parts)


_NETWORKS = """
## Networks

`networks` holds a section for each network. Its name is yours to choose (`a-z`, `0-9`, `-`; it
begins with a letter, at most 32 characters); rooms are addressed with it: `libera:#den`. It becomes
a part of the names of puppets: do not change it once people have spoken.

`kind` says what the network is. The other settings depend on it.
"""


def keys(model: type[BaseModel]) -> Iterator[str]:
    """Yield the dotted name of every setting of a model, as the page lists them."""
    for name, field in model.model_fields.items():
        yield name
        for inner in _models(field.annotation):
            yield from (f"{name}.{key}" for key in keys(inner))


def _rows(model: type[BaseModel], above: str) -> Iterator[str]:
    docstrings = _docstrings(model)
    for name, field in model.model_fields.items():
        inner = list(_models(field.annotation))
        about = field.description or docstrings.get(name, "")
        for nested in inner:
            about = about or " ".join((inspect.getdoc(nested) or "").split())
        choices = _choices(field.annotation)
        about += f" One of {choices}." if choices else ""
        meaning = about.replace("|", "\\|").replace("``", "`")
        yield f"| `{above}{name}` | {_default(field, bool(inner))} | {meaning} |\n"
        for nested in inner:
            yield from _rows(nested, f"{above}{name}{'[]' if _is_list(field) else ''}.")


def _default(field: FieldInfo, section: bool) -> str:
    if field.is_required():
        return "(required)"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined or value == "" or section:
        return ""
    if isinstance(value, SecretStr):
        return ""
    if name := _written_default(field, value):
        return f"`{name}`"
    return ""


def _written_default(field: FieldInfo, value: Any) -> str:
    match value:
        case Address() | Octets():
            return str(value)
        case bool():
            return str(value).lower()
        case float() if field.examples:
            return str(field.examples[0])
        case int() | float():
            return f"{value:g}"
        case Enum():
            return str(value.value)
        case tuple() | list():
            return f"[{', '.join(map(str, value))}]" if value else ""
        case dict():
            return ""
    text = str(value)
    return f'"{text}"' if text != text.strip() or text in ("off", "on") else text


def _choices(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        words = [f"`{word}`" if word else "nothing" for word in get_args(annotation)]
        return ", ".join(words)
    found = (_choices(argument) for argument in get_args(annotation) if argument is not None)
    return next(filter(None, found), "")


def _is_list(field: FieldInfo) -> bool:
    return get_origin(field.annotation) in (list, tuple)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Read the texts below the fields in the source, for models that describe them so."""
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                found[name] = " ".join(words.split())
    return found


if __name__ == "__main__":
    print(reference(), end="")
