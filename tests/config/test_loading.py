"""Loading: what a good file becomes, and how a bad one is explained."""

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from bridge.config import Config, ConfigInvalid, load


class Server(BaseModel, extra="forbid"):
    host: str
    port: int = Field(6697, ge=1, le=65535)


class ChatNetwork:
    kind: ClassVar[str] = "chat"
    exclusive: ClassVar[tuple[str, ...]] = ("jid",)

    class Config(BaseModel, extra="forbid"):
        jid: str | None = None
        nick: str = "tercet"
        password: SecretStr | None = None
        tls: bool = True
        puppets: Literal["off", "speakers", "always"] = "speakers"
        servers: list[str | Server] = Field(default=[], description="Where to connect.")

    def __init__(self, name: str, config: Config):
        self.name, self.config = name, config


def kinds() -> dict[str, EntryPoint]:
    here = EntryPoint("chat", f"{__name__}:ChatNetwork", "tercet.networks")
    object.__setattr__(here, "load", lambda: ChatNetwork)
    absent = EntryPoint("absent", "tercet_no_such_wheel:Network", "tercet.networks")
    return {"chat": here, "absent": absent}


def load_text(folder: Path, text: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return load(path, kinds())


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        load_text(folder, text)
    return [f"{problem.line}: {problem}" for problem in caught.value.problems]


def mistake(folder: Path, chat: str) -> str:
    found = mistakes(folder, f"networks:\n  one:\n    kind: chat\n    {chat}\n")
    assert len(found) == 1, found
    return found[0]


def test_a_good_file_becomes_settings_and_networks(tmp_path: Path) -> None:
    config = load_text(
        tmp_path,
        """
database: data/tercet.db
http:
  listen: "[::1]:9000"
  public_url: https://tercet.example.org/
  links_expire: 2d
backlog: {lines: 20, age: 10m}
networks:
  one: {kind: chat, puppets: off, tls: yes, servers: [a.example, {host: b.example, port: 7000}]}
""",
    )
    assert config.database == tmp_path / "data/tercet.db"
    assert config.socket == tmp_path / "data/tercet.sock"
    assert config.path == tmp_path / "config.yaml"
    assert str(config.http.listen) == "[::1]:9000"
    assert config.http.url == "https://tercet.example.org"
    assert (config.http.links_expire, config.backlog.age) == (172800.0, 600.0)
    one: Any = config.networks["one"].build()
    assert (one.name, one.config.puppets, one.config.tls) == ("one", "off", True)
    assert one.config.servers == ["a.example", Server(host="b.example", port=7000)]


def test_an_absolute_path_stays_as_it_is(tmp_path: Path) -> None:
    config = load_text(tmp_path, "database: /x/y.db\nnetworks: {one: {kind: chat}}")
    assert config.database == Path("/x/y.db")


def test_only_the_kinds_in_use_are_imported(tmp_path: Path) -> None:
    assert load_text(tmp_path, "networks: {one: {kind: chat}}").networks.keys() == {"one"}
    found = mistakes(tmp_path, "networks: {one: {kind: absent}}")
    assert "No module named 'tercet_no_such_wheel'" in found[0]


def test_eight_mistakes_are_named_together_with_their_lines(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        """\
databse: tercet.db
http:
  listen: 8090
backlog:
  age: 1 day
networks:
  libera:
    kind: chatt
  den:
    kind: chat
    jid: 12345
    nick: ada
    nick: again
    servers: {host: a}
  Oftc:
    kind: chat
    tls: maybe
    jid: a@b
  den2:
    jid: a@b
""",
    )
    assert found == [
        "1: databse: is not a setting; did you mean 'database'?",
        "3: http.listen: is not an address to listen on; write host:port, as 127.0.0.1:8090",
        "5: backlog.age: is not a length of time; write 30s, 10m, 24h or 7d",
        "8: networks.libera.kind: is not a kind of network that is installed; did you mean 'chat'?",
        '11: networks.den.jid: must be text; put it in quotes, jid: "…"',
        "13: networks.den.nick: is set twice, first on line 12; keep one of them",
        "14: networks.den.servers: must be a list; write [a, b] or one “- item” on each line",
        "15: networks.Oftc: is not a good name for a network;"
        " use a-z, 0-9 and -, beginning with a letter, at most 32 characters",
        "17: networks.Oftc.tls: must be true or false",
        "19: networks.den2.kind: is missing; add “kind: absent” or “kind: chat”",
    ]


def test_a_missing_setting_is_asked_for_where_its_section_is(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "networks:\n  one:\n    kind: chat\n    servers: [{port: 7000}]\n")
    assert any(line.startswith("4: networks.one.servers[0].host: is missing") for line in found)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("nik: x", "4: networks.one.nik: is not a setting; did you mean 'nick'?"),
        ("puppets: 'no'", "is not one of the choices; write 'off', 'speakers' or 'always'"),
        (
            "password: 1234",
            '4: networks.one.password: must be text; put it in quotes, password: "…"',
        ),
        ("password: {file: nowhere}", "nowhere cannot be read: No such file or directory"),
        ("nick: !secret x", "4: networks.one.nick: has a tag or a form that is not known here"),
        ("[a, b]: c", "4: networks.one: has a name that is not a word"),
    ],
)
def test_a_mistake_is_explained(tmp_path: Path, line: str, expected: str) -> None:
    assert expected in mistake(tmp_path, line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: networks: names no network"),
        ("- a\n- b", "1: the file must hold settings; write “name: value” lines"),
        ("networks:\n  one: {kind: chat", "cannot be read as YAML"),
        (
            "networks:\n  one:\n    kind: chat\n    password: *hunter2\n",
            "4: a value that begins with *",
        ),
        ("networks:\n\tone:\n\t\tkind: chat\n", "2: is indented with a tab; use spaces"),
        ("networks:\n  one: {kind: chat}\nlog: {level: loud}", "3: log.level: is not one of"),
        ("networks:\n  one: {kind: chat}\nlog: quiet", "3: log: must be a section"),
        ("networks: {one: {kind: chat}}\nhttp: {trusted: [here]}", "http.trusted[0]: is not an IP"),
        ("networks: {one: {kind: chat}}\nhttp: {public_url: ftp://x}", "is not a web address"),
        (f"networks: {{one: {{kind: chat}}}}\ncontrol: /{'x' * 120}", "2: control: /xxx"),
        ("networks: {one: {kind: chat}}\ncontrol: tercet.db", "control: is the database"),
        ("networks: {one: {kind: chat, jid: &x {jid: *x}}}", "networks.one: is nested too deeply"),
        ("networks: {one: hello}", "1: networks.one: must be a section"),
        ("networks: {one: {kind: chat}}\nodd: \x01", "characters that YAML does not allow"),
    ],
)
def test_a_bad_file_is_explained(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in "\n".join(mistakes(tmp_path, text))


def test_two_networks_that_must_differ_are_told_apart(tmp_path: Path) -> None:
    text = "networks:\n  one: {kind: chat, jid: a@b}\n  two: {kind: chat, jid: a@b}\n"
    assert mistakes(tmp_path, text) == [
        "3: networks.two.jid: is the same as in networks.one;"
        " every chat network needs a jid of its own"
    ]


def test_a_secret_can_stay_in_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/chat").write_text("hunter2\n")
    text = "networks: {one: {kind: chat, password: {file: $CREDENTIALS_DIRECTORY/chat}}}"
    config = load_text(tmp_path, text)
    settings: Any = config.networks["one"].settings
    assert settings.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(config)


@pytest.mark.parametrize(
    "line",
    [
        "password: *hunter2",
        "password: [hunter2]",
        "password: !hunter2 x",
        "password: 'hunter2",
        "password: {a: hunter2}",
        "puppets: hunter2",
        "tls: hunter2",
    ],
)
def test_an_error_never_repeats_a_value(tmp_path: Path, line: str) -> None:
    text = f"networks:\n  one:\n    kind: chat\n    {line}\n"
    assert "hunter2" not in "\n".join(mistakes(tmp_path, text))


def test_a_missing_file_is_answered_with_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="tercet init"):
        load(tmp_path / "none.yaml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigInvalid, match="UTF-8"):
        load(tmp_path / "config.yaml")


def test_the_loopback_network_is_installed(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("networks: {one: {kind: loopback}}")
    assert load(tmp_path / "config.yaml").networks["one"].build().kind == "loopback"


def test_texts_of_ones_own_are_checked_with_the_line_of_each(tmp_path: Path) -> None:
    networks = "networks:\n  one: {kind: chat}\n"
    own = 'words:\n  edited: "(neu) {text}"\n  size_bytes: {one: ein B, other: "{count} B"}\n'
    config = load_text(tmp_path, f"{networks}language: de\n{own}")
    assert config.language == "de"
    assert config.words["edited"] == "(neu) {text}"
    wrong = 'language: fr\nwords:\n  edit: x\n  edited: "{who}"\n  missed: "{url"\n  image: [a]\n'
    assert mistakes(tmp_path, networks + wrong)[0] == (
        "3: language: is not one of the choices; write 'en' or 'de'"
    )
    found = mistakes(tmp_path, networks + wrong.replace("fr", "de").replace("[a]", '"{x}"'))
    assert found == [
        "5: words.edit: is not a text; docs/reference/words.md lists them all",
        "6: words.edited: has no field {who}; its fields are {text}",
        "7: words.missed: has a brace without its other one; its fields are {count}, {when}, {url}",
        "8: words.image: has no field {x}; it has no fields; write {{ and }} for braces",
    ]


def test_a_text_that_is_none_is_one_mistake(tmp_path: Path) -> None:
    networks = "networks:\n  one: {kind: chat}\n"
    [found] = mistakes(tmp_path, f"{networks}words:\n  image: [a]\n")
    assert found == (
        '4: words.image: is no text; write "…", or {one: "…", other: "…"} where something counts'
    )
