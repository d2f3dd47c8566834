"""An anonymous answer is sealed from the moment it is given until it is mixed with others.

Only the service has the key: anybody who reads the store, a copy or a backup sees that somebody has saved or sent
something, but not what, how long it is, or how it came.
"""

import json
import os
import zlib
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.store.documents import Document

SMALLEST = 4096
"""Bytes of a box. Larger content takes the next power of two, which is all that shows of its length."""
_NONCE, _LENGTH = 12, 4  # bytes
_INSTANTS = ("at", "begun_at", "saved_at")


class Box:
    """Seals what is saved or sent in an anonymous survey, and recognises a submission without keeping its id."""

    def __init__(self, key: str) -> None:
        self._cipher = AESGCM(_derived(key, "box"))
        self._key = _derived(key, "submission")

    def seal(self, invitation: str, content: Mapping[str, Any] | None) -> Document | None:
        """The sealed form of a content; None for none."""
        if content is None or "sealed" in content:
            return None if content is None else dict(content)
        plain = zlib.compress(json.dumps(content, default=datetime.isoformat).encode())
        size = SMALLEST
        while size < _LENGTH + len(plain):
            size *= 2
        padded = (len(plain).to_bytes(_LENGTH, "big") + plain).ljust(size, b"\0")
        nonce = os.urandom(_NONCE)
        return {"sealed": nonce + self._cipher.encrypt(nonce, padded, invitation.encode())}

    def open(self, invitation: str, kept: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """The content back; data from before sealing is read as it is.

        Raises:
            InvalidTag: it was sealed for another invitation, or with another key.
        """
        if kept is None or "sealed" not in kept:
            return kept
        sealed = bytes(kept["sealed"])
        padded = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], invitation.encode())
        length = int.from_bytes(padded[:_LENGTH], "big")
        content: dict[str, Any] = json.loads(zlib.decompress(padded[_LENGTH : _LENGTH + length]))
        return content | {name: datetime.fromisoformat(content[name]) for name in _INSTANTS if content.get(name)}

    def known_as(self, submission: UUID) -> UUID:
        """The hash that stands for a submission: logs name messages by id, and must not lead to an invitation."""
        return UUID(bytes=digest(self._key, submission.bytes, "sha256")[:16], version=4)


def size_of(kept: Mapping[str, Any] | None) -> int:
    """The visible length of something sealed."""
    return len((kept or {}).get("sealed", b""))


def _derived(key: str, purpose: str) -> bytes:
    return digest(key.encode(), f"surveys:{purpose}".encode(), sha256)
