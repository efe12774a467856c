"""Encrypts people's passwords at rest. The key is in a file of its own, not in the database."""

import logging
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from bridge.model import Rejected

log = logging.getLogger(__name__)


class Vault:
    """Locks and unlocks secrets; makes the key when it is first needed."""

    def __init__(self, key_file: Path):
        self.key_file = key_file
        self._fernet: Fernet | None = None

    def lock(self, secret: str) -> str:
        """Return a secret as it may be stored. Raises ``Rejected`` if there can be no key."""
        try:
            key = self._key(make=True)
        except (OSError, ValueError) as error:
            log.error("%s: %s; set seats.key_file to a file that I may write", self.key_file, error)
            raise Rejected("passwords cannot be kept here now; tell the gateway's admin") from error
        return key.encrypt(secret.encode()).decode()

    def unlock(self, locked: str) -> str:
        """Return a stored secret; empty if its key is lost."""
        try:
            return self._key(make=False).decrypt(locked.encode()).decode()
        except (OSError, ValueError, InvalidToken) as error:
            log.error("%s: a stored password cannot be read: %s", self.key_file,
                      error.__class__.__name__)  # fmt: skip
            return ""

    def _key(self, *, make: bool) -> Fernet:
        if self._fernet is None:
            if make and not self.key_file.exists():
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                with os.fdopen(os.open(self.key_file, flags, 0o600), "wb") as file:
                    file.write(Fernet.generate_key())
                    file.flush()
                    os.fsync(file.fileno())
            self._fernet = Fernet(self.key_file.read_bytes().strip())
        return self._fernet
