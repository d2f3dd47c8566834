"""Two lists held against each other, both ways."""

from datetime import UTC, datetime

from services.notifications.providers.outcomes import Listed
from services.notifications.sending.reconciling import Differences, compare

AT = datetime(2024, 10, 4, 9, tzinfo=UTC)


def listed(*references: str | None) -> list[Listed]:
    return [Listed(reference, f"id-{n}", AT) for n, reference in enumerate(references)]


def ours(state: str, provider_id: str | None = "id", *references: str) -> list[dict[str, object]]:
    return [{"reference": each, "state": state, "provider_id": provider_id} for each in references]


def test_lists_that_agree_differ_in_nothing() -> None:
    assert compare(listed("a", "b"), ours("accepted", "id", "a", "b")) == Differences()


def test_every_difference_is_named_by_our_reference() -> None:
    kept = [*ours("accepted", "id", "twice", "gone"), *ours("waiting", None, "unrecorded")]
    found = compare(listed("twice", "twice", "unrecorded", "stranger", None), kept)
    assert found == Differences(twice=("twice",), unrecorded=("unrecorded",), foreign=1, missing=("gone",))


def test_what_was_given_up_is_not_missed_again() -> None:
    assert compare([], ours("failed", "id", "lost")) == Differences()
