"""What a server's refusals mean."""

import pytest

from bridge.model import Rejected, Unavailable
from protocols.irc.decode import Line
from protocols.irc.refusals import Refusal, final, is_refusal, kind, refusal


@pytest.mark.parametrize(
    ("command", "kind"),
    [("404", Rejected), ("482", Rejected), ("FAIL", Rejected), ("263", Unavailable),
     ("439", Unavailable), ("437", Unavailable)],
)  # fmt: skip
def test_errors_are_final_or_for_later(command: str, kind: type[Exception]) -> None:
    answer = Line(command, ["me", "#c", "words"])
    assert is_refusal(answer)
    error = refusal(answer)
    assert isinstance(error, kind)
    assert "words" in str(error)
    assert not is_refusal(Line("366", []))


@pytest.mark.parametrize(
    ("code", "why"),
    [("474", "banned"), ("473", "closed"), ("475", "password"), ("471", "full"),
     ("403", "unknown"), ("405", "limit"), ("433", "nick"), ("470", "moved"),
     ("404", "forbidden"), ("482", "forbidden"), ("999", "refused")],
)  # fmt: skip
def test_each_code_has_its_kind(code: str, why: str) -> None:
    assert kind(code) == why


def test_a_refused_request_is_refused_whatever_the_code() -> None:
    error = final(Line("437", ["me", "#c", "not now"]))
    assert isinstance(error, Refusal)
    assert (str(error), error.why) == ("not now (437)", "limit")
    assert final(Line("FAIL", ["REDACT", "UNKNOWN_MSGID", "#c", "x", "gone"])).code == (
        "UNKNOWN_MSGID"
    )
