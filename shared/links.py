"""Signed links: each is valid for one purpose and one reference, and reveals nothing.

The signature is itsdangerous' (HMAC), salted by purpose: a link to a certificate cannot cancel a booking.
A link names only an opaque reference. Anybody with the link can do what it allows, so purposes are narrow, a link
that changes something asks first, and access can be revoked where the reference is kept.
"""

from itsdangerous import BadSignature, URLSafeSerializer


class BadLink(ValueError):
    """This link was not made by us, or was made for something else."""


class Links:
    """Makes and checks the links of one service. `base` is the address where people reach it."""

    def __init__(self, key: str, base: str) -> None:
        self._key = key
        self._base = base.rstrip("/")

    def make(self, purpose: str, reference: str) -> str:
        """The whole address of a link, such as https://…/cancel/IkItN0s0….abc."""
        return f"{self._base}/{purpose}/{self.token(purpose, reference)}"

    def open_to_all(self, path: str, reference: str) -> str:
        """The unsigned address of something public, such as https://…/certificates/K-7K4M-9PXT3."""
        return f"{self._base}/{path}/{reference}"

    def token(self, purpose: str, reference: str) -> str:
        return self._signer(purpose).dumps(reference)

    def read(self, purpose: str, token: str) -> str:
        """The reference of a link that was made for this purpose; raises BadLink."""
        try:
            return str(self._signer(purpose).loads(token))
        except BadSignature:
            raise BadLink("this link is not complete, or not one of ours: open it from the message again") from None

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._key, salt=f"everyday.{purpose}")
