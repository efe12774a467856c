"""Say an edit in a few words, for rooms that cannot change what was said (semantics 4)."""

import re
from difflib import SequenceMatcher

_WORD = re.compile(r"\S+")
_MOST_WORDS = 3
_LONGEST = 4000
"""Characters above which no difference is looked for: it is said whole."""


def correction(before: str, after: str) -> str | None:
    """Return ``*word`` for a small change, only the lines that changed for a larger one, and None
    if nothing can be seen to have changed."""
    if " ".join(before.split()) == " ".join(after.split()):
        return None
    if len(before) + len(after) > _LONGEST:
        return f"[edit] {after}"
    if few := _few_words(before, after):
        return f"*{few}"
    changed = _changed_lines(before, after) if "\n" in before else after
    return f"[edit] {changed}"


def _few_words(before: str, after: str) -> str:
    if "\n" in before or "\n" in after:
        return ""
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    blocks = [op for op in matcher.get_opcodes() if op[0] != "equal"]
    if not blocks:
        return ""
    first, last = blocks[0], blocks[-1]
    begin, end = first[3], last[4]
    touched = max(end - begin, last[2] - first[1])
    if touched > _MOST_WORDS or touched * 10 > 3 * max(len(old), len(new), 7):
        return ""
    if begin == end:  # words went away: show what now stands together
        begin, end = max(0, begin - 1), min(len(new), end + 1)
    return " ".join(new[begin:end])


def _changed_lines(before: str, after: str) -> str:
    old, new = before.split("\n"), after.split("\n")
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    lines: list[str] = []
    for kind, _, _, begin, end in matcher.get_opcodes():
        if kind != "equal":
            lines += new[begin:end]
    return "\n".join(lines) or after
