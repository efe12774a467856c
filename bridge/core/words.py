"""How to say in plain words what a network cannot carry, in the language that the admin chose."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from urllib.parse import urlencode

from msgspec import Struct

from bridge.core.wording.catalogue import Catalogue, load
from bridge.model import Content, File, RoomRef, plain
from bridge.model.content import Attached, Place, Poll

_EXCERPT = 200
_QUOTE = 40
_THREAD = 30


def cut(text: str, length: int) -> str:
    """Put a text on one line of at most so many characters."""
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


class Words(Struct, frozen=True):
    """Says things. The texts themselves are in ``bridge/core/wording``."""

    texts: Catalogue

    # -- what people say

    def excerpt(self, content: Content | None, length: int = _EXCERPT) -> str:
        """Begin a message on one line; empty if it was taken back."""
        if content is None:
            return ""
        if not content.attached:
            return cut(plain(content), length)
        return cut(" ".join((*map(self._name, content.attached), plain(content))), length)

    def quoted(self, name: str, content: Content | None, recent: bool) -> str:
        """Lead in an answer where replies are unknown: by name, with a few words if it is long
        ago."""
        words = "" if recent else self.excerpt(content, _QUOTE)
        if not words:
            return self.texts.say("quote_recent", name=name)
        return self.texts.say("quote", name=name, words=words)

    def thread(self, root: Content) -> str:
        """Say to which thread a message belongs, where there are none."""
        return self.texts.say("thread", words=self.excerpt(root, _THREAD))

    def reacted(
        self, keys: Sequence[str], name: str, content: Content | None, others: Sequence[str] = ()
    ) -> str:
        """Tell reactions, after the name of whoever reacts; ``others`` react in the same way."""
        told = {
            "keys": " ".join(keys),
            "name": name,
            "words": self.excerpt(content, _QUOTE),
        }
        if others:
            return self.texts.say("reacted_together", others=self.listed(others), **told)
        return self.texts.say("reacted", **told)

    def corrected(self, words: str) -> str:
        """Tell a small correction."""
        return self.texts.say("corrected", words=words)

    def edited(self, text: str) -> str:
        """Tell a larger correction."""
        return self.texts.say("edited", text=text)

    def told_at(self, time: float, now: float, zone: tzinfo | None) -> str:
        """Say when something late was said; with the day if that was another one."""
        said, today = datetime.fromtimestamp(time, zone), datetime.fromtimestamp(now, zone)
        if said.date() == today.date():
            return self.texts.say("late", time=self._time(said))
        date = said.strftime(self.texts.say("date"))
        return self.texts.say("late_day", date=date, time=self._time(said))

    def more(self, lines: int, url: str) -> str:
        """Lead to the full text of a message that had to be cut."""
        return self.texts.count("full_text", lines, url=url)

    def missed(self, count: int, first: float, last: float, url: str, zone: tzinfo | None) -> str:
        """Stand for messages that waited too long, or were too many."""
        begin, end = (self._time(datetime.fromtimestamp(at, zone)) for at in (first, last))
        when = (
            self.texts.say("missed_at", time=begin)
            if begin == end
            else self.texts.say("missed_between", begin=begin, end=end)
        )
        return self.texts.count("missed", count, when=when, url=url)

    # -- what is attached

    def attached(self, thing: Attached) -> str:
        """Tell of something that a room cannot show."""
        match thing:
            case File():
                return self._file(thing)
            case Place():
                return self._place(thing)
            case Poll():
                return "\n".join(self._poll(thing))

    def _name(self, thing: Attached) -> str:
        match thing:
            case File():
                kind, name = self._kind(thing), thing.description or thing.name
            case Place():
                kind, name = self.texts.say("location_kind"), thing.name or thing.uri
            case Poll():
                kind, name = self.texts.say("poll_kind"), thing.question
        if not name:
            return self.texts.say("attached_unnamed", kind=kind)
        return self.texts.say("attached", kind=kind, name=name)

    def _file(self, file: File) -> str:
        """Give the link, and what to expect behind it. Where nothing is known but somebody's
        public link, that link says all there is."""
        if file.url and file.url == file.source and not (file.size or file.duration):
            return file.url
        facts = self._kind(file)
        if file.duration:
            length = f"{int(file.duration) // 60}:{int(file.duration) % 60:02}"
            facts = self.texts.say("file_length", kind=facts, length=length)
        if file.size:
            facts += f", {self.size(file.size)}"
        link = file.url or file.description or file.name
        if not link:
            return self.texts.say("file_only", facts=facts)
        return self.texts.say("file", link=link, facts=facts)

    def _kind(self, file: File) -> str:
        return self.texts.say("document" if file.kind == "file" else file.kind)

    def size(self, count: int) -> str:
        """Write a number of bytes for people."""
        for unit, scale in (("size_gb", 10**9), ("size_mb", 10**6), ("size_kb", 10**3)):
            if count >= scale:
                number = f"{count / scale:.1f}".replace(".", self.texts.say("decimal_point"))
                return self.texts.say(unit, number=number)
        return self.texts.count("size_bytes", count)

    def _place(self, place: Place) -> str:
        """Tell where it is, with a map that every browser shows (RFC 5870)."""
        latitude, _, rest = place.uri.removeprefix("geo:").partition(",")
        longitude = rest.partition(";")[0].partition(",")[0]
        at = urlencode({"mlat": latitude, "mlon": longitude})
        chart = f"https://www.openstreetmap.org/?{at}"
        if not place.name:
            return self.texts.say("location_unnamed", map=chart)
        return self.texts.say("location", name=place.name, map=chart)

    def _poll(self, poll: Poll) -> Iterator[str]:
        if poll.votes is None:
            yield self.texts.say("poll", question=poll.question)
            for number, option in enumerate(poll.options, start=1):
                yield self.texts.say("poll_option", number=number, option=option)
            yield self.texts.say("poll_note")
        else:
            yield self.texts.say("poll_ended", question=poll.question)
            for option, count in zip(poll.options, poll.votes, strict=False):
                yield self.texts.count("poll_votes", count, option=option)

    # -- what the bridge says itself

    def refused(self, place: str, reason: str) -> str:
        """Tell someone that their message is not shown in a room, and why."""
        return self.texts.say("refused", place=place, reason=reason)

    def not_changed(self, place: str, reason: str) -> str:
        """Tell someone that an edit, a retraction or a reaction of theirs did not reach a room."""
        return self.texts.say("not_changed", place=place, reason=reason)

    def shortened(self, place: str) -> str:
        """Tell someone that their message will only be there as a link."""
        return self.texts.say("shortened", place=place)

    def cleared(self, place: str, count: int) -> str:
        """Tell someone that an admin has dropped what waited."""
        return self.texts.count("cleared", count, place=place)

    def removed(self, place: str, by: str, reason: str, banned: bool) -> str:
        """Tell someone that their puppet was put out of a room."""
        say = self.texts.say
        return say(
            "banned" if banned else "removed",
            place=place,
            by=say("removed_by", name=by) if by else "",
            reason=say("removed_reason", reason=reason) if reason else "",
        )

    def repeated(self, places: Sequence[str]) -> str:
        """Tell someone why the same text once more went nowhere."""
        return self.texts.say("repeated", place=self.listed(places))

    def storage_failed(self, reason: str) -> str:
        """Tell a room that nothing is passed on."""
        return self.texts.say("storage_failed", reason=reason)

    def storage_works(self) -> str:
        """Tell a room that all is well again."""
        return self.texts.say("storage_works")

    def no_network(self, name: str) -> str:
        """Tell someone that a network is not known here."""
        return self.texts.say("no_network", name=name)

    def not_in_room(self) -> str:
        """Tell someone that they must enter first."""
        return self.texts.say("not_in_room")

    def other_room(self) -> str:
        """Tell someone that an address stands for another room."""
        return self.texts.say("other_room")

    def lost_link(self) -> str:
        """Tell someone that a private message did not get there."""
        return self.texts.say("lost_link")

    def unlinked(self) -> str:
        """Take leave of a room."""
        return self.texts.say("unlinked")

    def place(self, room: RoomRef, address: str) -> str:
        """Name a room for people on another network."""
        return self.texts.say("place", address=address, network=room.network)

    def listed(self, things: Sequence[str]) -> str:
        """Write a list as a sentence has it."""
        if len(things) < 2:
            return "".join(things)
        return ", ".join(things[:-1]) + self.texts.say("and") + things[-1]

    def _time(self, at: datetime) -> str:
        return at.strftime(self.texts.say("time"))


ENGLISH = Words(load())
"""What is said unless the admin chose otherwise."""
