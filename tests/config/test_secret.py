"""Every secret of a configuration is found."""

from pydantic import BaseModel, SecretStr

from bridge.config.secret import secrets_in


class Server(BaseModel):
    host: str = "a"
    password: SecretStr | None = None


class Settings(BaseModel):
    token: SecretStr = SecretStr("one")
    servers: list[Server] = [Server(password=SecretStr("two")), Server()]
    named: dict[str, SecretStr] = {"x": SecretStr("three")}


def test_secrets_are_found_at_any_depth() -> None:
    assert set(secrets_in([Settings()])) == {"one", "two", "three"}
