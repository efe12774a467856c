"""What a server's ISUPPORT says about prefixes, modes, lengths and targets."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from bridge.model.hosting import Rank
from protocols.irc.casemap import Fold, folding


class Traits(Struct, frozen=True):
    """The facts of a server that we act on; the defaults are those of RFC 1459."""

    casemapping: str = "rfc1459"
    prefixes: str = "@+"
    """The prefixes of members in NAMES, highest first."""
    prefix_modes: str = "ov"
    channel_types: str = "#&"
    status_prefixes: str = ""
    modes: tuple[str, str, str, str] = ("b", "k", "l", "imnpst")
    """CHANMODES: lists; always a parameter; a parameter when set; never one."""
    nick_length: int = 9
    topic_length: int = 390
    channel_length: int = 200
    line_length: int = 512
    utf8_only: bool = False
    whox: bool = False
    """WHO can tell accounts."""
    denied_tags: tuple[str, ...] = ()
    """CLIENTTAGDENY: client-only tags, without their plus, that are not passed on."""
    network: str = ""
    account_ban: str = ""
    """What stands before an account's name in a ban of it; empty: accounts cannot be banned."""
    mute_ban: str = ""
    """What stands before a mask in a ban that only silences."""

    def passes_tag(self, name: str) -> bool:
        """Tell whether a client-only tag (``+typing``) reaches others (message-tags)."""
        plain = name.removeprefix("+")
        if "*" in self.denied_tags:
            return f"-{plain}" in self.denied_tags
        return plain not in self.denied_tags

    @property
    def fold(self) -> Fold:
        """How names are compared."""
        return folding(self.casemapping)

    def is_channel(self, name: str) -> bool:
        """Tell a channel from a nick."""
        return name[:1] != "" and name[0] in self.channel_types


class ModeChange(Struct, frozen=True):
    """One letter of a MODE line."""

    added: bool
    letter: str
    parameter: str = ""


def traits(tokens: Mapping[str, str | bool]) -> Traits:
    """Read ISUPPORT tokens; what is missing or nonsense keeps its default."""
    plain = Traits()
    modes, prefixes = _prefix(tokens.get("PREFIX", "(ov)@+"))
    kinds = (_text(tokens, "CHANMODES", "b,k,l,imnpst").split(",") + [""] * 4)[:4]
    return Traits(
        casemapping=_text(tokens, "CASEMAPPING", plain.casemapping),
        prefixes=prefixes,
        prefix_modes=modes,
        channel_types=_text(tokens, "CHANTYPES", plain.channel_types),
        status_prefixes=_text(tokens, "STATUSMSG", ""),
        modes=(kinds[0], kinds[1], kinds[2], kinds[3]),
        nick_length=_number(tokens, "NICKLEN", plain.nick_length, 1, 200),
        topic_length=_number(tokens, "TOPICLEN", plain.topic_length, 1, 4000),
        channel_length=_number(tokens, "CHANNELLEN", plain.channel_length, 1, 1000),
        line_length=_number(tokens, "LINELEN", plain.line_length, 512, 8191),
        utf8_only=bool(tokens.get("UTF8ONLY", False)),
        whox=bool(tokens.get("WHOX", False)),
        denied_tags=tuple(filter(None, _text(tokens, "CLIENTTAGDENY", "").split(","))),
        network=_text(tokens, "NETWORK", ""),
        account_ban=_account_ban(tokens),
        mute_ban=_mute_ban(tokens),
    )


def parse(words: tuple[str, ...], server: Traits) -> Iterator[ModeChange]:
    """Read the words after the target of a MODE line; a missing parameter ends the reading."""
    lists, always, when_set, _ = server.modes
    parameters = list(words[1:])
    added = True
    for letter in words[0] if words else "":
        if letter in "+-":
            added = letter == "+"
            continue
        takes = letter in server.prefix_modes or letter in always or letter in lists
        if takes or (added and letter in when_set):
            if not parameters:
                return
            yield ModeChange(added, letter, parameters.pop(0))
        else:
            yield ModeChange(added, letter)


def standing(entry: str, server: Traits) -> str:
    """Return the mode letters that the prefixes of a NAMES entry stand for."""
    letters = dict(zip(server.prefixes, server.prefix_modes, strict=True))
    before = entry[: len(entry) - len(entry.lstrip(server.prefixes))]
    return "".join(letters[prefix] for prefix in before)


def is_operator(letters: str, server: Traits) -> bool:
    """Tell whether somebody with these modes is an operator, or more, of the channel."""
    highest = server.prefix_modes.partition("o")
    return any(letter in highest[0] + highest[1] for letter in letters)


_RANKS: dict[str, Rank] = {
    "q": "owner", "a": "admin", "o": "operator", "h": "halfop", "v": "voice"
}  # fmt: skip


def rank(letters: str, server: Traits, muted: bool = False) -> Rank:
    """Return what somebody with these modes is (semantics.md 7.3). ``muted``: who has none may not
    speak. A mode of a server's own is taken for the known one below it."""
    best: Rank = "muted" if muted else "none"
    for letter in reversed(server.prefix_modes):
        if letter in letters:
            best = _RANKS.get(letter, "voice" if best in ("none", "muted") else best)
    return best


def modes_of(what: Rank, now: str, server: Traits) -> tuple[str, int]:
    """Return the letters that make somebody who has ``now`` what they should be, and how many they
    are. Where the server has no such rank it is the next lower one that it has; for a half
    operator, an operator."""
    wanted = _letter(what, server)
    gone = [letter for letter in server.prefix_modes if letter in now and letter != wanted]
    come = wanted if wanted not in now else ""
    text = ("+" + come if come else "") + ("-" + "".join(gone) if gone else "")
    return text, len(come) + len(gone)


def _letter(what: Rank, server: Traits) -> str:
    chains = {"owner": "qao", "admin": "ao", "operator": "o", "halfop": "ho", "voice": "v"}
    letters = (c for c in chains.get(what, "") if c in server.prefix_modes)
    return next(letters, "")


def _account_ban(tokens: Mapping[str, str | bool]) -> str:
    """``EXTBAN=~,qjncra`` and ``ACCOUNTEXTBAN=a,account`` make ``~a:``."""
    sign, _, letters = _text(tokens, "EXTBAN", "").partition(",")
    named = _text(tokens, "ACCOUNTEXTBAN", "").partition(",")[0]
    if named:
        return f"{sign}{named}:"
    if not sign and "R" in letters:  # COMPAT(InspIRCd, 3)
        return "R:"
    return "$a:" if sign == "$" and "a" in letters else ""


def _mute_ban(tokens: Mapping[str, str | bool]) -> str:
    sign, _, letters = _text(tokens, "EXTBAN", "").partition(",")
    return f"{sign}m:" if "m" in letters else ""


def _prefix(value: str | bool) -> tuple[str, str]:
    if not isinstance(value, str) or not value.startswith("("):
        return "", ""
    modes, _, prefixes = value[1:].partition(")")
    return (modes, prefixes) if len(modes) == len(prefixes) else ("ov", "@+")


def _text(tokens: Mapping[str, str | bool], name: str, default: str) -> str:
    value = tokens.get(name, default)
    return value if isinstance(value, str) else ("" if value is True else default)


def _number(
    tokens: Mapping[str, str | bool], name: str, default: int, least: int, most: int
) -> int:
    value = tokens.get(name)
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        return default
    return min(max(int(value[:9]), least), most)
