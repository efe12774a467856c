"""Which lines answer which question."""

import asyncio

import pytest

from bridge.model import Rejected, Unavailable
from protocols.irc.casemap import folding
from protocols.irc.decode import Line
from protocols.irc.seats.asking import Question, Questions


class Server:
    """A connection on which the test says what the server does."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, ...]] = []
        self.expected: list = []

    def request(self, expected, *params: str) -> None:
        self.sent.append((expected.command, *params))
        self.expected.append(expected)


async def asked(questions: Questions, server: Server, question: Question, *line: str):
    task = asyncio.create_task(questions.ask(server, question, *line, seconds=1))
    await asyncio.sleep(0)
    return task


async def test_a_question_is_answered_when_the_server_has_dealt_with_it() -> None:
    questions, server = Questions(), Server()
    task = await asked(questions, server, Question(), "AWAY", "lunch")
    assert server.sent == [("AWAY", "lunch")]
    server.expected[0].resolve()
    assert await task == []


async def test_an_error_goes_to_the_question_it_is_about() -> None:
    questions, server, fold = Questions(), Server(), folding()
    kick = Question(["#c", "bob"], refusals="441 482")
    mode = Question(["#d"], refusals="482")
    first = await asked(questions, server, kick, "KICK", "#c", "bob")
    second = await asked(questions, server, mode, "MODE", "#d", "+o", "bob")
    assert not questions.takes(Line("482", ["me", "#e", "no"]), fold)
    assert questions.takes(Line("482", ["me", "#D", "You're not channel operator"]), fold)
    with pytest.raises(Rejected, match="not channel operator"):
        await second
    assert questions.takes(Line("441", ["me", "Bob", "#c", "not there"]), fold)
    with pytest.raises(Rejected, match="not there") as error:
        await first
    assert error.value.why == "unknown"


async def test_lines_are_collected_until_the_end_or_the_time_is_over() -> None:
    questions, server, fold = Questions(), Server(), folding()
    bans = Question(["#c"], answers="367", ends="368")
    task = await asked(questions, server, bans, "MODE", "#c", "+b")
    server.expected[0].resolve()
    assert questions.takes(Line("367", ["me", "#c", "*!*@a"]), fold)
    assert not questions.takes(Line("367", ["me", "#d", "*!*@b"]), fold)
    assert questions.takes(Line("368", ["me", "#c", "End"]), fold)
    assert [line.param(2) for line in await task] == ["*!*@a"]
    late = Question(["#c"], answers="367", ends="368")
    task = asyncio.create_task(questions.ask(server, late, "MODE", "#c", "+b", seconds=0.01))
    with pytest.raises(Unavailable, match="in time"):
        await task


async def test_a_lost_connection_answers_nothing() -> None:
    questions, server = Questions(), Server()
    task = await asked(questions, server, Question(ends="318"), "WHOIS", "bob")
    questions.lost("connection reset")
    with pytest.raises(Unavailable, match="reset"):
        await task
