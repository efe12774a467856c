"""Data forms (XEP-0004): a person's settings as a form, and what they filled in. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element

from bridge.model import Setting, Settings
from protocols.xmpp import encode

DATA = "jabber:x:data"
MOST_FIELDS = 100
MOST_LINES = 100
LONGEST_VALUE = 4000

_KINDS = {
    "text": "text-single",
    "number": "text-single",
    "lines": "text-multi",
    "secret": "text-private",
    "boolean": "boolean",
    "choice": "list-single",
}


def field(name: str, values: Sequence[str], *, kind: str = "text-single", label: str = "") -> str:
    """Write a field of a result."""
    called = f" label='{encode.attribute(label)}'" if label else ""
    return f"<field var='{encode.attribute(name)}' type='{kind}'{called}>{_values(values)}</field>"


def asked(name: str, label: str, kind: str, options: Iterable[tuple[str, str]] = ()) -> str:
    """Write a field to be filled in: options are pairs of value and label."""
    choices = "".join(_option(value, text) for value, text in options)
    return (
        f"<field var='{encode.attribute(name)}' type='{kind}' label='{encode.attribute(label)}'>"
        f"{choices}</field>"
    )


def result(form_type: str, fields: Iterable[str]) -> str:
    """Write a form that says something."""
    hidden = f"<field var='FORM_TYPE' type='hidden'><value>{form_type}</value></field>"
    return f"<x xmlns='{DATA}' type='result'>{hidden}{''.join(fields)}</x>"


def form(title: str, fields: Iterable[str], form_type: str = "", instructions: str = "") -> str:
    """Write a form to be filled in."""
    hidden = ""
    if form_type:
        hidden = f"<field var='FORM_TYPE' type='hidden'><value>{form_type}</value></field>"
    words = f"<instructions>{encode.text_node(instructions)}</instructions>" if instructions else ""
    return (
        f"<x xmlns='{DATA}' type='form'><title>{encode.text_node(title)}</title>{words}"
        f"{hidden}{''.join(fields)}</x>"
    )


def of_settings(settings: Settings) -> list[str]:
    """Write settings as fields. A secret's value is never told; an empty one leaves it as it is."""
    return [_setting(setting) for setting in settings.settings]


def submitted(parent: Element) -> dict[str, tuple[str, ...]] | None:
    """Read what was filled in; None: nothing was submitted."""
    x = parent.find(f"{{{DATA}}}x")
    if x is None or x.get("type") != "submit":
        return None
    found: dict[str, tuple[str, ...]] = {}
    for child in x[:MOST_FIELDS]:
        name = child.get("var", "")
        if name and name != "FORM_TYPE":
            values = child.findall(f"{{{DATA}}}value")[:MOST_LINES]
            found[name] = tuple((value.text or "")[:LONGEST_VALUE] for value in values)
    return found


def is_cancelled(parent: Element) -> bool:
    """Tell whether somebody wants none of it."""
    x = parent.find(f"{{{DATA}}}x")
    return x is not None and x.get("type") == "cancel"


def changes(settings: Settings, filled: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return what somebody changed. What is not in the form stays as it is."""
    found = {}
    for setting in settings.settings:
        if setting.name not in filled:
            continue
        values = filled[setting.name]
        value = "\n".join(values) if setting.kind == "lines" else (values[0] if values else "")
        if setting.kind == "boolean":
            value = "true" if value.strip() in ("1", "true") else "false"
        if setting.kind == "secret" and not value:
            continue
        if value != setting.value or setting.kind == "secret":
            found[setting.name] = value
    return found


def _setting(setting: Setting) -> str:
    label = setting.label
    values: Sequence[str] = (setting.value,) if setting.value else ()
    if setting.kind == "lines":
        values = setting.value.split("\n") if setting.value else ()
    elif setting.kind == "secret":
        values = ()
        label = f"{label} (set; leave it empty to keep it)" if setting.is_set else label
    elif setting.kind == "boolean":
        values = ("true" if setting.value == "true" else "false",)
    options = "".join(_option(choice, choice) for choice in setting.choices)
    return (
        f"<field var='{encode.attribute(setting.name)}' type='{_KINDS[setting.kind]}' "
        f"label='{encode.attribute(label)}'>{_values(values)}{options}</field>"
    )


def _option(value: str, label: str) -> str:
    return (
        f"<option label='{encode.attribute(label)}'>"
        f"<value>{encode.text_node(value)}</value></option>"
    )


def _values(values: Iterable[str]) -> str:
    return "".join(f"<value>{encode.text_node(value)}</value>" for value in values)
