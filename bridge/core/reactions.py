"""Reactions: full sets become single changes, and what counts as the same key."""

import unicodedata
from collections.abc import Iterator, Mapping

from bridge.core.facts import Original
from bridge.core.trust import same_hand
from bridge.model import LegPolicy, MessageRetracted, Reacted, ReactionsSet

MOST = 50
"""Different reactions of one person to one message."""
_LONGEST = 64
_VARIATION = "\ufe0f"
_CROWD = 50
"""Members from which on a line for each reaction would be noise."""


def told(policy: LegPolicy, members: int) -> bool:
    """Tell whether a room that cannot show reactions is told of them in words (semantics 3.3)."""
    return policy.reactions == "on" or (policy.reactions == "few" and members < _CROWD)


def compared(key: str) -> str:
    """Return the form in which two keys are the same reaction (semantics 3.1)."""
    return unicodedata.normalize("NFC", key.replace(_VARIATION, ""))


def changes(event: ReactionsSet, target: Original) -> Iterator[Reacted]:
    """Say a full set as additions and removals."""
    before = target.reactions.get(event.author.user, {})
    keys = {compared(key): key for key in event.keys[:MOST] if 0 < len(key) <= _LONGEST}
    for key in before:
        if key not in keys:
            yield _reacted(event, key, False)
    for key, shown in keys.items():
        if key not in before:
            yield _reacted(event, shown, True)


def changes_something(event: Reacted, target: Original) -> bool:
    """Tell whether an addition or removal is news."""
    if not 0 < len(event.key) <= _LONGEST:
        return False
    mine: Mapping[str, int] = target.reactions.get(event.author.user, {})
    return (compared(event.key) in mine) != event.added and len(mine) < MOST


def taken_back(event: MessageRetracted, reaction: Original) -> Reacted | None:
    """Read the retraction of a reaction as its removal."""
    author = reaction.author
    if author is None or not (event.moderated or same_hand(author, event.author)):
        return None
    return Reacted(
        room=event.room,
        author=author,
        target=event.target,
        key=reaction.key,
        time=event.time,
        added=False,
        ids=event.ids,
    )


def _reacted(event: ReactionsSet, key: str, added: bool) -> Reacted:
    return Reacted(
        room=event.room,
        author=event.author,
        target=event.target,
        key=key,
        time=event.time,
        added=added,
        ids=event.ids if added else (),
    )
