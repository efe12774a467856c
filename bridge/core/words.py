"""How to say in plain words what a network cannot carry. All wording lives here."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from urllib.parse import urlencode

from bridge.model import Content, File, RoomRef, plain
from bridge.model.content import Attached, Place, Poll

_EXCERPT = 200
_QUOTE = 40


def excerpt(content: Content | None, length: int = _EXCERPT) -> str:
    """Begin a message on one line; empty if it was taken back."""
    text = " ".join(_gist(content).split()) if content else ""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _gist(content: Content) -> str:
    """Say what a message is about, with all that is attached."""
    return " ".join((*map(_name, content.attached), plain(content)))


def _name(attached: Attached) -> str:
    match attached:
        case File():
            called = attached.description or attached.name
            return f"[{_kind(attached)}: {called}]" if called else f"[{_kind(attached)}]"
        case Place():
            return f"[location: {attached.name or attached.uri}]"
        case Poll():
            return f"[poll: {attached.question}]"


def attached(thing: Attached) -> str:
    """Tell of something that a room cannot show."""
    match thing:
        case File():
            return _file(thing)
        case Place():
            return _place(thing)
        case Poll():
            return "\n".join(_poll(thing))


def _file(file: File) -> str:
    """Give the link, and what to expect behind it. Where nothing is known but somebody's public
    link, that link says all there is."""
    if file.url and file.url == file.source and not (file.size or file.duration):
        return file.url
    facts = [_kind(file)]
    if file.duration:
        facts[0] += f" {int(file.duration) // 60}:{int(file.duration) % 60:02}"
    if file.size:
        facts.append(size(file.size))
    called = file.url or file.description or file.name
    return f"{called} ({', '.join(facts)})" if called else f"({', '.join(facts)})"


def _kind(file: File) -> str:
    return "voice message" if file.kind == "voice" else file.kind


def size(count: int) -> str:
    """Write a number of bytes for people."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return "1 byte" if count == 1 else f"{count} bytes"


def _place(place: Place) -> str:
    """Tell where it is, with a map that every browser shows (RFC 5870)."""
    latitude, _, rest = place.uri.removeprefix("geo:").partition(",")
    longitude = rest.partition(";")[0].partition(",")[0]
    name = f"{place.name} " if place.name else ""
    at = urlencode({"mlat": latitude, "mlon": longitude})
    return f"location: {name}https://www.openstreetmap.org/?{at}"


def _poll(poll: Poll) -> Iterator[str]:
    if poll.votes is None:
        yield f"poll: {poll.question}"
        yield from (f"{number}. {option}" for number, option in enumerate(poll.options, start=1))
        yield "(votes count only where the poll was started)"
    else:
        yield f"the poll has ended: {poll.question}"
        for option, count in zip(poll.options, poll.votes, strict=False):
            yield f"{option}: {'1 vote' if count == 1 else f'{count} votes'}"


def quoted(name: str, content: Content | None, recent: bool) -> str:
    """Lead in an answer where replies are unknown: by name, with a few words if it is long ago."""
    words = excerpt(content, _QUOTE)
    return f"{name}: " if recent or not words else f"<{name} “{words}”> "


def reacted(key: str, name: str, content: Content | None) -> str:
    """Tell a reaction, after the name of whoever reacts."""
    return f"reacted with {key} to {name}: “{excerpt(content, _QUOTE)}”"


def told_at(time: float, now: float, zone: tzinfo | None) -> str:
    """Say when something late was said; with the day if that was another one."""
    said, today = datetime.fromtimestamp(time, zone), datetime.fromtimestamp(now, zone)
    form = "[%H:%M] " if said.date() == today.date() else "[%Y-%m-%d %H:%M] "
    return said.strftime(form)


def more(lines: int, url: str) -> str:
    """Lead to the full text of a message that had to be cut."""
    return f"[full text, {lines} lines: {url}]" if lines > 1 else f"[full text: {url}]"


def missed(count: int, first: float, last: float, url: str, zone: tzinfo | None) -> str:
    """Stand for messages that waited too long, or were too many."""
    begin, end = (datetime.fromtimestamp(at, zone).strftime("%H:%M") for at in (first, last))
    span = f"at {begin}" if begin == end else f"from {begin} to {end}"
    messages = "1 message" if count == 1 else f"{count} messages"
    return f"[{messages} {span} did not get here in time: {url}]"


def refused(place: str, reason: str) -> str:
    """Tell someone that their message is not shown in a room, and why."""
    return f"Your message was not delivered to {place}: {reason}"


def not_changed(place: str, reason: str) -> str:
    """Tell someone that an edit, a retraction or a reaction of theirs did not reach a room."""
    return f"What you changed stays as it was in {place}: {reason}"


def shortened(place: str) -> str:
    """Tell someone that their message will only be there as a link."""
    return (
        f"{place} has been out of reach for so long that your messages will only be"
        " linked to there, not repeated, once it is back."
    )


def removed(place: str, by: str, reason: str, banned: bool) -> str:
    """Tell someone that their puppet was put out of a room."""
    deed = "banned" if banned else "removed"
    hand = f" by {by}" if by else ""
    why = f" ({reason})" if reason else ""
    return f"You were {deed} from {place}{hand}{why}. What you say is still shown there by a relay."


def repeated(place: str) -> str:
    """Tell someone why the same text once more went nowhere."""
    return f"The same text came too often within a few seconds, so it was not passed on to {place}."


def storage_failed(reason: str) -> str:
    """Tell a room that nothing is passed on."""
    return (
        f"The bridge cannot store messages at the moment ({reason}), so nothing said here is passed"
        " on until its admin has repaired that."
    )


STORAGE_WORKS = "The bridge can store messages again; what is said here is passed on."
UNLINKED = "This room is no longer linked to other networks."


def place(room: RoomRef, address: str) -> str:
    """Name a room for people on another network."""
    return f"{address} on {room.network}"
