"""What all deliveries add up to: by state, and those that a provider may or may not have taken; and
which providers accept nothing from us."""

from collections.abc import Iterable

from services.notifications.deliveries.deliveries import DELIVERIES
from services.notifications.deliveries.delivery import DeliveryState
from services.notifications.providers.standings import HOLDS
from shared.running.gauges import Answer, Ask, Asked, seconds_since
from shared.store.documents import Store
from shared.time.clock import Clock

_CLAIMED: tuple[DeliveryState, ...] = ("sending", "unknown")
BY_STATE = Asked("everyday_deliveries", "Messages to people, by their state.", ("state",))
UNKNOWN_OLDEST = Asked(
    "everyday_delivery_unknown_oldest_seconds",
    "How long the outcome of a send has been unknown after its claim ran out, the longest; 0 when there is none.",
    (),
)


HELD = Asked(
    "everyday_provider_held",
    "Whether a provider takes nothing from us, since our key, its settings or our account are not right: 1 or 0.",
    ("provider",),
)


def of_providers(store: Store, providers: Iterable[str]) -> Ask:
    """Which of our providers are held."""
    holds = store[HOLDS]
    ours = tuple(providers)

    async def ask() -> list[Answer]:
        held = {each["_id"] for each in await holds.find({}) if each.get("held_for")}
        return [Answer(HELD, (provider,), provider in held) for provider in ours]

    return ask


def of_deliveries(store: Store) -> Ask:
    """How all deliveries stand."""
    deliveries = store[DELIVERIES]

    async def ask() -> list[Answer]:
        by_state = await deliveries.tally("state", "claimed_until")
        claims = [by_state[state][1] for state in _CLAIMED if state in by_state]
        oldest = min((each for each in claims if each is not None), default=None)
        unknown = Answer(UNKNOWN_OLDEST, (), seconds_since(oldest, Clock.wall()))
        return [unknown, *(Answer(BY_STATE, (state,), count) for state, (count, _) in by_state.items())]

    return ask
