"""A laptop's passwords, which are no secret: the development overlay and compose use them, production never."""

from shared.messaging.access import broker, store

KEY = "everydayCountsOnALaptop"
"""The key file of a laptop's MongoDB."""


def passwords() -> dict[str, str]:
    return {name: f"{name}-development" for name in {*broker(), *store()}}
