"""Writes ``docs/reference/words.md``: ``python -m bridge.core.wording.reference``."""

from collections.abc import Iterator

from bridge.core.wording.catalogue import LANGUAGES, Text, fields, read, source

_HEAD = """\
# Words

<!-- Written by `python -m bridge.core.wording.reference`; do not edit. -->

What the bridge says itself, where a room cannot show something or somebody must be told. `language`
in the configuration chooses among {languages}; any text can be replaced by one of your own:

```yaml
language: de
words:
  edited: "(neu) {{text}}"
  poll_votes:
    one: "{{option}}: eine Stimme"
    other: "{{option}}: {{count}} Stimmen"
```

The fields of a text stand in braces; a brace of your own is written twice. A text with several
forms has one for each plural of the language, named as in
[Unicode's CLDR](https://cldr.unicode.org/index/cldr-spec/plural-rules); `other` is always needed.
`tercet check` names what is wrong with yours. A new language is a copy of `en.yaml` in
[bridge/core/wording](../../bridge/core/wording) and a line in `catalogue.py`.

| text | in English | fields | when it is said |
| --- | --- | --- | --- |
"""


def reference() -> str:
    """Write the page."""
    languages = ", ".join(f"`{name}`" for name in LANGUAGES)
    notes = _notes(source("en"))
    rows = [_row(key, text, notes.get(key, "")) for key, text in read("en").items()]
    return "".join([_HEAD.format(languages=languages), *rows])


def _row(key: str, text: Text, note: str) -> str:
    names = ", ".join(f"`{{{name}}}`" for name in fields(text))
    cells = (f"`{key}`", "<br>".join(_forms(text)), names, note)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _forms(text: Text) -> Iterator[str]:
    forms = {"": text} if isinstance(text, str) else text
    for name, template in forms.items():
        yield f"{name}: `{template}`" if name else f"`{template}`"


def _notes(file: str) -> dict[str, str]:
    """Read the comments; one stands for all the texts below it, up to the next or an empty line."""
    notes: dict[str, str] = {}
    note = ""
    for line in file.splitlines():
        if line.startswith("#"):
            note = line.removeprefix("#").strip()
        elif not line:
            note = ""
        elif not line.startswith(" "):
            notes[line.partition(":")[0]] = note
    return notes


if __name__ == "__main__":
    print(reference(), end="")
