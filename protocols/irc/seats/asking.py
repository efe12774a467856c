"""Questions to the server that a person's connection asks, and which lines answer them."""

import asyncio
from collections.abc import Iterable

from bridge.model import Unavailable
from protocols.irc.casemap import Fold
from protocols.irc.decode import Line
from protocols.irc.evidence import Expectation
from protocols.irc.refusals import final, is_refusal
from protocols.irc.session import Session

_NOWHERE = "\0"
"""A target that no error is about."""
_OF_MESSAGES = frozenset(["404", "408", "411", "412", "413", "414", "415", "417"])
_MOST = 5000
"""Lines of one answer."""
_HIGH = frozenset(["696", "697", "698", "972", "974"])
"""Errors that InspIRCd numbers where others have none."""


class Question:
    """One line that asks for something. Without ``ends`` it is answered when the server has dealt
    with the line; else when one of these numerics comes."""

    __slots__ = ("about", "answers", "ends", "lines", "outcome", "refusals")

    def __init__(
        self, about: Iterable[str] = (), *, answers: str = "", ends: str = "",
        refusals: str | None = None,
    ):  # fmt: skip
        self.about = frozenset(about)
        """Folded names, one of which an answer must have among its parameters; empty: any."""
        self.answers = frozenset(answers.split())
        """Commands of lines that are collected."""
        self.ends = frozenset(ends.split())
        self.refusals = frozenset(refusals.split()) if refusals is not None else None
        """Numerics that mean no. None: every error that is not one of messages."""
        self.lines: list[Line] = []
        self.outcome: asyncio.Future[list[Line]] = asyncio.get_running_loop().create_future()

    def finish(self, error: BaseException | None = None) -> None:
        """Note that no more comes."""
        if self.outcome.done():
            return
        if error is None:
            self.outcome.set_result(self.lines)
        else:
            self.outcome.set_exception(error)
            self.outcome.exception()  # whoever asked may be gone

    def takes(self, line: Line, names: frozenset[str]) -> bool:
        """Tell whether a line belongs to the answer, and take it."""
        if self.about and not self.about & names:
            return False
        if self._is_refusal(line):
            self.finish(final(line))
            return True
        if line.command in self.answers and len(self.lines) < _MOST:
            self.lines.append(line)
        if line.command in self.ends:
            self.finish()
        return line.command in self.answers or line.command in self.ends

    def _is_refusal(self, line: Line) -> bool:
        if self.refusals is not None:
            return line.command in self.refusals
        if line.command in _OF_MESSAGES or line.command == "FAIL":
            return False
        return line.command in _HIGH or is_refusal(line)


class Questions:
    """The open questions of one connection, the oldest first."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: list[Question] = []

    def takes(self, line: Line, fold: Fold) -> bool:
        """Give a line to the question it answers."""
        if not self._open:
            return False
        names = frozenset(map(fold, line.params[:4]))
        return any(
            not question.outcome.done() and question.takes(line, names) for question in self._open
        )

    async def ask(
        self, session: Session, question: Question, command: str, *params: str,
        seconds: float = 60.0,
    ) -> list[Line]:  # fmt: skip
        """Send a line and return what answers it.

        Raises ``Rejected`` in the server's words, or ``Unavailable``.
        """
        expected = Expectation("", 0, command, _NOWHERE, "")
        session.request(expected, *params)
        if not question.ends:
            expected.outcome.add_done_callback(lambda done: question.finish(done.exception()))
        self._open.append(question)
        try:
            async with asyncio.timeout(seconds):
                return await question.outcome
        except TimeoutError:
            raise Unavailable("the server did not answer in time") from None
        finally:
            self._open.remove(question)

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        for question in self._open:
            question.finish(Unavailable(reason))
