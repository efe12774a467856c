"""Settings as forms, and what was filled in."""

from xml.etree.ElementTree import fromstring

from bridge.model import Setting, Settings
from protocols.xmpp.hosted import forms

SETTINGS = Settings(
    (
        Setting("nick", "Nick & co", "text", "anna"),
        Setting("pass", "Password", "secret", "", is_set=True),
        Setting("verify_cert", "Verify", "boolean", "true"),
        Setting("ports", "Ports", "lines", "6697\n6670"),
        Setting("record", "Record", "choice", "on", ("on", "off")),
        Setting("limit", "Limit", "number", "10"),
    )
)


def filled(fields: str) -> dict[str, tuple[str, ...]]:
    xml = fromstring(f"<c><x xmlns='jabber:x:data' type='submit'>{fields}</x></c>")
    found = forms.submitted(xml)
    assert found is not None
    return found


def field(name: str, *values: str) -> str:
    return f"<field var='{name}'>{''.join(f'<value>{it}</value>' for it in values)}</field>"


def test_each_kind_has_a_field() -> None:
    text = forms.form("T", forms.of_settings(SETTINGS), "urn:type")
    xml = fromstring(text)
    kinds = {it.get("var"): it.get("type") for it in xml.iter("{jabber:x:data}field")}
    assert kinds == {
        "FORM_TYPE": "hidden",
        "nick": "text-single",
        "pass": "text-private",
        "verify_cert": "boolean",
        "ports": "text-multi",
        "record": "list-single",
        "limit": "text-single",
    }


def test_only_what_was_changed_is_a_change() -> None:
    same = filled(
        field("nick", "anna")
        + field("pass", "")
        + field("verify_cert", "1")
        + field("ports", "6697", "6670")
        + field("record", "on")
    )
    assert forms.changes(SETTINGS, same) == {}
    other = filled(
        field("nick") + field("pass", "new") + field("verify_cert", "0") + field("ports", "6697")
    )
    assert forms.changes(SETTINGS, other) == {
        "nick": "",
        "pass": "new",
        "verify_cert": "false",
        "ports": "6697",
    }


def test_what_is_not_in_the_form_stays_as_it_is() -> None:
    assert forms.changes(SETTINGS, filled("")) == {}


def test_what_is_filled_in_has_limits() -> None:
    assert len(filled("".join(field(f"f{n}", "x") for n in range(500)))) == forms.MOST_FIELDS
    assert len(filled(field("f", *["x"] * 500))["f"]) == forms.MOST_LINES
    assert len(filled(field("f", "x" * 9000))["f"][0]) == forms.LONGEST_VALUE


def test_a_form_can_be_cancelled_or_missing() -> None:
    assert forms.is_cancelled(fromstring("<c><x xmlns='jabber:x:data' type='cancel'/></c>"))
    assert not forms.is_cancelled(fromstring("<c/>"))
    assert forms.submitted(fromstring("<c/>")) is None
