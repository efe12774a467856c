"""Says what a linked room shows natively, what it is told in words, and what it does not get."""

from collections.abc import Mapping
from typing import Literal

from bridge.core.reactions import told
from bridge.model import Capabilities, LegPolicy

How = Literal["native", "words", "no"]

_SHORT: Mapping[How, str] = {"native": "yes", "words": "words", "no": "-"}


def carries(can: Capabilities, policy: LegPolicy, members: int) -> dict[str, How]:
    """Tell how each feature reaches a room now."""
    return {
        "replies": _how(can.replies, "words"),
        "threads": _how(can.threads and policy.threads, "no"),
        "edits": _how(can.edits, "words"),
        "retractions": _how(can.retractions, "no"),
        "moderation": _how(can.moderation, "no"),
        "reactions": _how(can.reactions, "words" if told(policy, members) else "no"),
        "files": _how(can.files, "words"),
        "places": _how(can.places, "words"),
        "typing": _how(can.typing, "no"),
        "read_marks": _how(can.read_marks, "no"),
    }


def short(how: How) -> str:
    """Write it for a table."""
    return _SHORT[how]


def _how(native: bool, else_: How) -> How:
    return "native" if native else else_
