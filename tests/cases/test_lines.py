"""A message of several lines on IRC is one message, whatever becomes of it (C13)."""

from pathlib import Path

from tests.cases.wire import redact
from tests.live.features.irc import TAGS
from tests.live.stage import Stage
from tests.servers.clients import IrcClient
from tests.servers.ergo import Ergo


class OnErgo(Stage):
    """Where the channel is on a server that can take lines back."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.ergo = self.inspircd = Ergo(folder / "ergo")
        self.servers["irc"] = self.ergo
        self.bob = IrcClient("bob", self.ergo.port)

    async def enter_channel(self) -> None:
        await self.bob.close()
        await self.bob.connect(caps=TAGS)
        await super().enter_channel()


async def test_an_edit_of_several_lines_and_their_redaction(tmp_path: Path):
    stage = OnErgo(tmp_path)
    try:
        await stage.open("--edit-hold", "irc=0s", irc={"line_limit": 5})
        stage.bob.send(f"MODE {stage.channel} +o tercet")  # Ergo lets no guest take back anything
        event_id = await stage.carol.say(stage.room, "one\ntwo\nthree\nfour")
        await stage.bob.wait_for(lambda said: said.body.endswith("four"), 20)
        first = _said(stage, 0)
        assert [text for text, _ in first] == ["one", "two", "three", "four"]
        start = len(stage.bob.lines.items)
        about = {"rel_type": "m.replace", "event_id": event_id}
        new = {"msgtype": "m.text", "body": "one\n2"}
        edit = {"m.new_content": new, "m.relates_to": about}
        await stage.carol.say(stage.room, "* one\n2", **edit)
        await stage.carol.say(stage.room, "after the edit")
        await stage.bob.wait_for(lambda said: said.body.endswith("after the edit"), 20)
        second = _said(stage, start)[:-1]
        assert [text for text, _ in second] == ["[edit] 2"]
        await redact(stage.carol, stage.room, event_id)
        for _, msgid in (*first, *second):
            await stage.bob.line(
                lambda line, msgid=msgid: line.command == "REDACT" and line.params[1] == msgid, 20
            )
    finally:
        await stage.close()


def _said(stage: Stage, start: int) -> list[tuple[str, str]]:
    """Return what the relay said since then: the texts, and their ids."""
    lines = (line for line in stage.bob.lines.items[start:] if line.command == "PRIVMSG")
    return [(line.params[-1].rpartition("> ")[2], line.tags["msgid"]) for line in lines]
