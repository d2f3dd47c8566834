"""Credentials: an authority says who a person is, and the person signs what they do.

A credential is a JWT by the authority: who somebody is, where they may act and until when, and their own public key
(RFC 7800). For each action its holder signs a statement: what it is, and the SHA-256 of its bytes, so that
it covers nothing else. Both travel as one text with `~` between them, in headers: so they hold a hash of the
person's name, not the name. All keys are Ed25519 (RFC 8037): checking a statement needs only public keys.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm
from jwt.types import Options
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.contracts.fields import Person
from shared.signing.signatories import Unproven

Door = Literal["cli", "desk", "api"]
"""Where somebody signed in: at the command line, at the desk in a browser, or through a system that speaks for them."""

_ALGORITHM = "EdDSA"
_LONGEST = 8000  # characters of credential and statement together; ours have about a thousand
_SKEW = 60  # seconds by which two machines' clocks may differ


@dataclass(frozen=True)
class Signed:
    """The proven signer of something."""

    id: str
    """Of the person: opaque."""
    role: str
    name: str
    """Its hash."""
    door: Door
    services: frozenset[str]
    """Where they may act."""
    credential: str
    """Its id, by which it is revoked."""
    at: int
    """When they signed, by their machine's clock, in seconds since 1970."""

    def is_of(self, person: Person) -> bool:
        """Whether it is exactly this person, with this name and role."""
        return (self.id, self.name, self.role) == (person.id, _named(self.credential, person.name), person.role)


class _Claims(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, hide_input_in_errors=True)

    jti: str
    sub: str
    name: str
    role: str
    door: Door
    aud: list[str]
    iat: int
    exp: int
    cnf: dict[str, dict[str, Any]]


class _Statement(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, hide_input_in_errors=True)

    act: str
    sha256: str
    iat: int


@dataclass(frozen=True)
class Trusted:
    """Whose credentials are trusted, and which are revoked."""

    keys: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()

    @classmethod
    def read(cls, text: str) -> Self:
        """From the file that services read; raises ValueError if it is not such a file."""
        try:
            kept = json.loads(text)
            keys = {str(each["kid"]): _public(each) for each in kept["keys"]}
            return cls(keys, frozenset(map(str, kept["revoked"])))
        except (KeyError, TypeError, ValueError, jwt.InvalidKeyError):
            raise ValueError("this is no file of officers' keys: see `everyday officers begin --help`") from None

    def text(self) -> str:
        """The file that services read: public keys, and ids of credentials. It holds no secret and names nobody."""
        keys = [{**_jwk(key), "kid": kid} for kid, key in self.keys.items()]
        return json.dumps({"keys": keys, "revoked": sorted(self.revoked)}, indent=1) + "\n"

    def without(self, credentials: Iterable[str]) -> Self:
        """The same without revoked credentials."""
        return type(self)(self.keys, self.revoked.union(credentials))


@dataclass(frozen=True)
class Credential:
    """What one person signs with. Its text is a secret."""

    token: str
    name: str
    key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def read(cls, text: str) -> Self:
        """From the holder's file; raises ValueError if it is not a credential."""
        try:
            kept = json.loads(text)
            credential = cls(str(kept["credential"]), str(kept["name"]), _private(kept["key"]))
            _ = credential.person
        except (KeyError, TypeError, ValueError, jwt.PyJWTError):
            raise ValueError("this is no credential of an officer: ask for a new one") from None
        return credential

    def text(self) -> str:
        kept = {"credential": self.token, "name": self.name, "key": _jwk(self.key)}
        return json.dumps(kept, indent=1) + "\n"

    @property
    def claims(self) -> _Claims:
        """Its claims, unverified, for its holder."""
        return _Claims.model_validate(jwt.decode(self.token, options={"verify_signature": False}))

    @property
    def person(self) -> Person:
        claims = self.claims
        return Person(id=claims.sub, name=self.name, role=claims.role)

    def sign(self, act: str, body: bytes, now: datetime) -> str:
        """Credential and statement for one action of its holder."""
        statement = {"act": act, "sha256": _hash(body), "iat": int(now.timestamp())}
        return f"{self.token}~{jwt.encode(statement, self.key, _ALGORITHM)}"


@dataclass(frozen=True)
class Authority:
    """The issuer of credentials. Its text is the root secret."""

    key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, text: str) -> Self:
        """From the administrator's file; raises ValueError if it is not an authority."""
        try:
            return cls(_private(json.loads(text)))
        except (TypeError, ValueError, jwt.InvalidKeyError):
            raise ValueError("this is no key of an authority") from None

    def text(self) -> str:
        return json.dumps(_jwk(self.key)) + "\n"

    @property
    def id(self) -> str:
        """The id of its public key, by which credentials name it."""
        return _hash(self.key.public_key().public_bytes_raw())[:16]

    def trusted(self) -> Trusted:
        """The trust in this authority, for services."""
        return Trusted({self.id: self.key.public_key()})

    def issue(
        self, person: Person, services: Sequence[str], now: datetime, days: int, door: Door = "cli"
    ) -> Credential:
        """A credential for a person, with its own key, valid for so many days at these services."""
        own, credential = Ed25519PrivateKey.generate(), secrets.token_hex(8)
        claims = {
            "jti": credential,
            "sub": person.id,
            "name": _named(credential, person.name),
            "role": person.role,
            "door": door,
            "aud": list(services),
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(days=days)).timestamp()),
            "cnf": {"jwk": _jwk(own.public_key())},
        }
        return Credential(jwt.encode(claims, self.key, _ALGORITHM, {"kid": self.id}), person.name, own)


def proven(signed_text: str, act: str, body: bytes, trusted: Trusted, now: datetime) -> Signed:
    """Who signed this action, with a credential that was valid at the time.

    Raises:
        Unproven: `not_signed`, `signature_wrong`, `credential_expired` or `credential_revoked`.
    """
    if not signed_text:
        raise Unproven("not_signed", "Nobody has signed this. Sign in, and ask again.")
    try:
        token, _, signature = signed_text[:_LONGEST].partition("~")
        authority = trusted.keys.get(str(jwt.get_unverified_header(token).get("kid")))
        if authority is None:
            raise jwt.InvalidTokenError
        claims = _Claims.model_validate(_decoded(token, authority))
        statement = _Statement.model_validate(_decoded(signature, _public(claims.cnf["jwk"])))
    except (jwt.PyJWTError, ValidationError, KeyError, ValueError, TypeError):
        raise _wrong() from None
    if (statement.act, statement.sha256) != (act, _hash(body)) or statement.iat > now.timestamp() + _SKEW:
        raise _wrong()
    if claims.jti in trusted.revoked:
        raise Unproven("credential_revoked", "The credential that signed this has been revoked. Ask for a new one.")
    if not claims.iat - _SKEW <= statement.iat <= claims.exp:
        raise Unproven("credential_expired", "The credential that signed this had expired. Ask for a new one.")
    who = (claims.sub, claims.role, claims.name)
    return Signed(*who, claims.door, frozenset(claims.aud), claims.jti, statement.iat)


def _wrong() -> Unproven:
    words = "Its signature is of somebody whom this service does not know, or of something else than this."
    return Unproven("signature_wrong", words)


def _decoded(token: str, key: Ed25519PublicKey) -> dict[str, Any]:
    """Its claims, with stricter checks of times and audience than the library's."""
    options: Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
    return jwt.decode(token, key, [_ALGORITHM], options=options)


def _named(credential: str, name: str) -> str:
    return _hash(f"{credential}:{name}".encode())


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _jwk(key: Ed25519PrivateKey | Ed25519PublicKey) -> dict[str, Any]:
    return dict(OKPAlgorithm.to_jwk(key, as_dict=True))


def _public(jwk: Mapping[str, Any]) -> Ed25519PublicKey:
    key = OKPAlgorithm.from_jwk({name: jwk[name] for name in ("kty", "crv", "x")})
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("an Ed25519 key is wanted")
    return key


def _private(jwk: Mapping[str, Any]) -> Ed25519PrivateKey:
    key = OKPAlgorithm.from_jwk(dict(jwk))
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("an Ed25519 private key is wanted")
    return key
