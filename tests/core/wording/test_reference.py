"""The page of words is complete and up to date."""

from pathlib import Path

from bridge.core.wording.catalogue import read
from bridge.core.wording.reference import reference

PAGE = Path(__file__).parents[3] / "docs/reference/words.md"


def test_the_page_is_what_the_texts_say():
    hint = "run: python -m bridge.core.wording.reference > docs/reference/words.md"
    assert reference() == PAGE.read_text("utf-8"), hint


def test_every_text_is_there_with_its_meaning():
    rows = {line.split("`")[1]: line for line in reference().splitlines() if line.startswith("| `")}
    assert rows.keys() == read("en").keys()
    assert [key for key, row in rows.items() if row.endswith("|  |")] == []
