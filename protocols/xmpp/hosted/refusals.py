"""Which stanza error says what a refusal means (RFC 6120 §8.3.3, XEP-0045 §7.2). Pure."""

from typing import Literal

from bridge.model import Rejected, Unavailable, Why
from protocols.xmpp import encode

Deed = Literal["enter", "speak", "ask"]

_ENTERING: dict[Why, tuple[str, str]] = {
    "banned": ("auth", "forbidden"),
    "closed": ("auth", "registration-required"),
    "password": ("auth", "not-authorized"),
    "full": ("wait", "service-unavailable"),
    "unknown": ("cancel", "item-not-found"),
    "nick": ("cancel", "conflict"),
    "limit": ("wait", "resource-constraint"),
    "gone": ("wait", "remote-server-not-found"),
    "malformed": ("modify", "jid-malformed"),
    "moved": ("cancel", "gone"),
    "forbidden": ("auth", "forbidden"),
    "refused": ("cancel", "not-allowed"),
}
_OTHERWISE: dict[Why, tuple[str, str]] = _ENTERING | {
    "banned": ("auth", "forbidden"),
    "closed": ("cancel", "not-allowed"),
    "gone": ("wait", "remote-server-timeout"),
    "malformed": ("modify", "bad-request"),
    "refused": ("modify", "not-acceptable"),
}


def error(why: Why, text: str, deed: Deed = "ask") -> str:
    """Write the error element for a refusal, with the words of whoever refused."""
    kind, condition = (_ENTERING if deed == "enter" else _OTHERWISE)[why]
    return encode.error(kind, condition, text)


def of(reason: BaseException, deed: Deed = "ask") -> str:
    """Write the error element for what went wrong; a bug's own words are not for strangers."""
    match reason:
        case Rejected():
            return error(reason.why, str(reason), deed)
        case Unavailable():
            return error("gone", str(reason), deed)
        case TimeoutError():
            return error("gone", "there was no answer in time", deed)
        case _:
            return encode.error("wait", "internal-server-error")


def is_expected(reason: BaseException) -> bool:
    """Tell whether this can happen, and is no bug."""
    return isinstance(reason, Rejected | Unavailable | TimeoutError)
