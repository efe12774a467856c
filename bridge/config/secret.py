"""Finds the secrets in a configuration, for whoever must hide them."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, SecretStr


def secrets_in(value: Any) -> Iterator[str]:
    """Yield every ``SecretStr`` inside a model, mapping or list, in the clear."""
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            yield from (found for _, field in value for found in secrets_in(field))
        case Mapping():
            yield from (found for field in value.values() for found in secrets_in(field))
        case list() | tuple() | set():
            yield from (found for field in value for found in secrets_in(field))
