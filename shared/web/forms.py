"""What a form sends: read within its limits, and only if our own page sent it.

A form bears the signature of a secret that its visitor's browser keeps in a cookie: whoever makes a browser send a form
from elsewhere knows no such pair, and no server has to remember one. The cookie says nothing of who somebody is.
"""

import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs

from itsdangerous import Signer
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

_SECRET = 32  # characters
_FIELDS = 3_000  # more than the longest survey has
PROOF = "proof"
"""The field of the signature."""


class TooLarge(Exception):
    """A form that is larger than its page can send."""


class NotFromOurPage(Exception):
    """A form that no page of ours gave to this browser."""


class Form:
    """The fields of a form; each may be there more than once."""

    def __init__(self, fields: Mapping[str, list[str]] | None = None) -> None:
        self._fields = dict(fields or {})

    def one(self, name: str) -> str:
        """The first value of a field, empty where there is none."""
        return self._fields.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        return list(self._fields.get(name, ()))

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Every field but the proof, to be sent again."""
        return [(name, each) for name, values in self._fields.items() for each in values if name != PROOF]


async def read(request: Request, longest: int) -> Form:
    """The form that was sent; raises TooLarge as soon as it is larger than allowed."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > longest:
            raise TooLarge
    try:
        return Form(parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:  # not written as forms are, or more fields than any form of ours has
        return Form()


class Proofs:
    """Proves that a form comes from our own page; any replica can check it.

    Args:
        key: the service's own secret.
        is_secure: whether people reach the service by HTTPS alone.
    """

    def __init__(self, key: str, is_secure: bool) -> None:
        self._signer = Signer(key, salt="everyday.form")
        self._is_secure = is_secure
        self._cookie = "__Host-everyday-form" if is_secure else "everyday-form"

    def of(self, request: Request) -> "Proof":
        """What a page that is shown now puts into its forms."""
        kept = request.cookies.get(self._cookie, "")
        known = len(kept) == _SECRET and kept.isascii() and kept.isalnum()
        return Proof(kept if known else secrets.token_hex(_SECRET // 2), self._signer, not known)

    def check(self, request: Request, form: Form) -> None:
        """Raise NotFromOurPage."""
        kept = request.cookies.get(self._cookie, "")
        signature = self._signer.get_signature(kept.encode("utf-8", "replace"))
        if not kept or not hmac.compare_digest(signature, form.one(PROOF).encode("utf-8", "replace")):
            raise NotFromOurPage

    def keep(self, response: Response, proof: "Proof") -> None:
        """Have the browser keep the secret until it is closed, if the page has a form and it has none yet."""
        if proof.was_used and proof.is_new:
            response.set_cookie(
                self._cookie, proof.secret, secure=self._is_secure, httponly=True, samesite="lax", path="/"
            )


class Proof:
    """One visitor's proof; `field()` is what a form holds."""

    def __init__(self, secret: str, signer: Signer, is_new: bool) -> None:
        self.secret = secret
        self.is_new = is_new
        self.was_used = False
        self._signer = signer

    def field(self) -> Markup:
        self.was_used = True
        signature = self._signer.get_signature(self.secret).decode()
        return Markup(f'<input type="hidden" name="{PROOF}" value="{escape(signature)}">')  # noqa: S704  escaped here
