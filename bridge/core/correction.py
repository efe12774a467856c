"""Say an edit in a few words, for rooms that cannot change what was said (semantics 4)."""

import re
from difflib import SequenceMatcher

from bridge.core.words import ENGLISH, Words

_WORD = re.compile(r"\S+")
_MOST_WORDS = 3
_LONGEST = 4000
"""Characters above which no difference is looked for: it is said whole."""


def correction(before: str, after: str, words: Words = ENGLISH) -> str | None:
    """Return ``*word`` for a small change, only the lines that changed for a larger one, and None
    if nothing can be seen to have changed."""
    if " ".join(before.split()) == " ".join(after.split()):
        return None
    if not before or len(before) + len(after) > _LONGEST:
        return words.edited(after)
    old, new = _changed(before.split("\n"), after.split("\n"))
    if len(old) == len(new) == 1 and (few := _few_words(old[0], new[0])):
        return words.corrected(few)
    return words.edited("\n".join(new) or after)


def _changed(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """Return the lines that went away, and those that came."""
    if len(old) == len(new) == 1:
        return old, new
    gone: list[str] = []
    come: list[str] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, first, last, begin, end in matcher.get_opcodes():
        if kind != "equal":
            gone += old[first:last]
            come += new[begin:end]
    return gone, come


def _few_words(before: str, after: str) -> str:
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
