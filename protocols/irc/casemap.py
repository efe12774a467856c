"""Which names are the same on an IRC network (ISUPPORT ``CASEMAPPING``)."""

from collections.abc import Callable

Fold = Callable[[str], str]

_ASCII = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_STRICT = {**_ASCII, **str.maketrans("[]\\", "{}|")}
_RFC1459 = {**_STRICT, ord("~"): ord("^")}
_TABLES = {
    "ascii": _ASCII,
    "rfc1459": _RFC1459,
    "rfc1459-strict": _STRICT,
    "strict-rfc1459": _STRICT,
}


def folding(mapping: str = "rfc1459") -> Fold:
    """Return the function that folds a name for comparison.

    A server that announces nothing means rfc1459; a mapping that is not known is taken as ascii,
    which never makes one out of two people. ``str.lower`` would be wrong: ``Ä`` and ``ä`` are two
    nicks under all of these.
    """
    table = _TABLES.get(mapping.lower(), _ASCII)

    def fold(name: str) -> str:
        return name.translate(table)

    return fold
