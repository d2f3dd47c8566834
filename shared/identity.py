"""Identities: derived ids that make effects idempotent, and references that people can read aloud."""

from uuid import UUID, uuid5

_ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXYZ"  # 29 symbols, a prime; no vowels (no words), nothing that reads as 0 or 1
_LENGTH = 8


def derived(cause: UUID, purpose: str) -> UUID:
    """The id of what a message causes for one purpose: the same however often the message is delivered."""
    return uuid5(cause, purpose)


def derived_reference(kind: str, cause: UUID, again: int = 0) -> str:
    """The reference of what a message causes, the same at every delivery; `again` counts references that were taken."""
    number, symbols = (uuid5(cause, f"again {again}") if again else cause).int, ""
    for _ in range(_LENGTH):
        number, index = divmod(number, len(_ALPHABET))
        symbols += _ALPHABET[index]
    return _written(kind, symbols)


def read_reference(text: str) -> str:
    """The reference as we write it, from what somebody typed (spaces, case and hyphens do not matter).

    Raises:
        ValueError: it is too short or long, has an invalid character, or its check character is wrong.
    """
    symbols = "".join(text.upper().split()).replace("-", "")
    kind, rest = symbols[:1], symbols[1:]
    if len(rest) != _LENGTH + 1 or any(symbol not in _ALPHABET for symbol in rest):
        raise ValueError("a reference looks like C-7K4M-9PXT3: a letter, then 9 characters without vowels, 0 or 1")
    if rest[-1] != _check(kind, rest[:-1]):
        raise ValueError("this reference has a typing mistake in it: its last character does not fit the others")
    return f"{kind}-{rest[:4]}-{rest[4:]}"


def _written(kind: str, symbols: str) -> str:
    return f"{kind}-{symbols[:4]}-{symbols[4:]}{_check(kind, symbols)}"


def _check(kind: str, symbols: str) -> str:
    """Weights 2, 3, … modulo a prime: catches every single wrong character and every swap of two neighbours."""
    total = ord(kind) + sum(weight * _ALPHABET.index(symbol) for weight, symbol in enumerate(symbols, start=2))
    return _ALPHABET[total % len(_ALPHABET)]
