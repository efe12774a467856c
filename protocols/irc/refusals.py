"""What a server's refusal means: its words, its code, and what kind of refusal that is."""

from bridge.model import Rejected, Unavailable
from bridge.model.commands import Why
from protocols.irc.decode import Line

LATER = frozenset(("263", "407", "437", "439", "442"))
"""Numerics that say of a message: try again."""
_KINDS: dict[Why, str] = {
    "banned": "465 466 474",
    "closed": "473 477 485 486 489 519 520 531 537",
    "password": "464 475",
    "full": "471",
    "unknown": "401 402 403 406 411 441 443 476 479",
    "nick": "431 432 433 436 447 484 902",
    "limit": "263 405 407 437 438 439 495 608",
    "moved": "470",
    "forbidden": "404 408 442 481 482 494 499 716 904",
    "malformed": "412 417 461 467 472 478 696",
}
_WHY: dict[str, Why] = {code: why for why, codes in _KINDS.items() for code in codes.split()}


class Refusal(Rejected):
    """A refusal of the server in its own words, and its code: a numeric, or that of a FAIL."""

    def __init__(self, words: str, code: str):
        super().__init__(f"{words} ({code})", kind(code))
        self.code = code


def kind(code: str) -> Why:
    """Return what kind of refusal a numeric is (semantics.md 7.1, 9.5)."""
    return _WHY.get(code, "refused")


def is_refusal(answer: Line) -> bool:
    """Tell an error from other answers."""
    command = answer.command
    return command in ("FAIL", "263") or (
        len(command) == 3 and command[0] in "45" and command.isdigit()
    )


def refusal(answer: Line) -> Exception:
    """Say with IRC's own words what an error about a message means: never, or not now."""
    if answer.command in LATER:
        return Unavailable(f"{answer.command} {words(answer)}", sent=False)
    return final(answer)


def final(answer: Line) -> Refusal:
    """Say with IRC's own words what an error means to whoever asked for something: no."""
    code = answer.param(1) if answer.command == "FAIL" else answer.command
    return Refusal(words(answer), code)


def words(answer: Line) -> str:
    """Return what the server says."""
    return answer.params[-1] if answer.params else answer.command
