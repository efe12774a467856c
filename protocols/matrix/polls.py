"""Polls, as MSC3381 and the clients before it have them, read from events. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from bridge.model.content import Poll
from protocols.matrix.attached import one_line
from protocols.matrix.encode import inner

STARTS = frozenset({"m.poll.start", "org.matrix.msc3381.poll.start"})
RESPONSES = frozenset({"m.poll.response", "org.matrix.msc3381.poll.response"})
ENDS = frozenset({"m.poll.end", "org.matrix.msc3381.poll.end"})
_MOST_ANSWERS = 20
"""Clients must leave out what is beyond (MSC3381)."""


class Ballot(Struct, frozen=True):
    """A poll, and how answers are told from each other."""

    poll: Poll
    answers: tuple[str, ...]
    selections: int


class Response(Struct, frozen=True):
    """What somebody answered, or that somebody ended the poll (``answers`` None)."""

    sender: str
    time: float
    answers: tuple[str, ...] | None
    event_id: str = ""


def ballot(content: Mapping[str, Any]) -> Ballot | None:
    """Read the start of a poll; None if there is nothing to choose from."""
    found = inner(content, "m.poll") or inner(content, "org.matrix.msc3381.poll.start")
    question = _said(inner(found, "question"))
    listed = found.get("answers")
    named: dict[str, str] = {}
    for answer in listed[:_MOST_ANSWERS] if isinstance(listed, list) else ():
        mark = answer.get("m.id", answer.get("id")) if isinstance(answer, dict) else None
        if isinstance(mark, str) and (said := _said(answer)):
            named.setdefault(mark, said)
    if not question or not named:
        return None
    most = found.get("max_selections", 1)
    most = most if isinstance(most, int) and most > 0 else 1
    return Ballot(Poll(question, tuple(named.values())), tuple(named), most)


def _said(holder: Mapping[str, Any]) -> str:
    """Read a text in any of the forms there have been (MSC1767, MSC3381)."""
    for field in ("m.text", "org.matrix.msc1767.text", "org.matrix.msc1767.message", "body"):
        value = holder.get(field)
        for one in value if isinstance(value, list) else (value,):
            said = one_line(one.get("body") if isinstance(one, dict) else one)
            if said:
                return said
    return ""


def concerned(content: Mapping[str, Any]) -> object:
    """Tell which poll a response or an end is about."""
    relation = inner(content, "m.relates_to")
    return relation.get("event_id") if relation.get("rel_type") == "m.reference" else None


def response(event: Mapping[str, Any]) -> Response | None:
    """Read an event that refers to a poll; None if it is neither a response nor its end."""
    kind, sender, stamp = event.get("type"), event.get("sender"), event.get("origin_server_ts")
    if not isinstance(sender, str) or not isinstance(stamp, int | float):
        return None
    event_id = event.get("event_id")
    event_id = event_id if isinstance(event_id, str) else ""
    content = inner(event, "content")
    if kind in ENDS and content:
        return Response(sender, stamp, None, event_id)
    if kind not in RESPONSES:
        return None
    older = inner(content, "org.matrix.msc3381.poll.response")
    answers = content.get("m.selections", older.get("answers"))
    chosen = answers if isinstance(answers, list) else []
    return Response(sender, stamp, tuple(a for a in chosen if isinstance(a, str)), event_id)


def closed(found: Ballot, responses: Iterable[Response], end: float) -> Poll:
    """Count the votes: of each person the last before the end, and none for what was not offered
    (MSC3381)."""
    last: dict[str, Response] = {}
    for one in responses:
        known = last.get(one.sender)
        newer = known is None or one.time >= known.time
        if one.answers is not None and one.time <= end and newer:
            last[one.sender] = one
    counts = dict.fromkeys(found.answers, 0)
    for one in last.values():
        chosen = list(dict.fromkeys(one.answers or ()))[: found.selections]
        if all(answer in counts for answer in chosen):
            for answer in chosen:
                counts[answer] += 1
    return Poll(found.poll.question, found.poll.options, tuple(counts.values()))
