"""The machine of deliveries: no way leads back, and nothing can rest where only the clock would take it on."""

from itertools import product
from typing import get_args

import pytest

from services.notifications.deliveries.delivery import DELIVERY, RANK, SENT, STOPPED, TO_GO, code_of
from services.notifications.deliveries.preferences import refusal
from shared.contracts.notifications import Category, Channel

BY_A_PERSON = {"retry", "resume"}


def test_every_state_has_a_meaning_a_rank_and_its_ways() -> None:
    assert set(DELIVERY.states) == set(DELIVERY.moves) == set(RANK)
    assert all(end in DELIVERY.states for _, _, end in DELIVERY.arrows())
    assert set(DELIVERY.states) >= TO_GO | SENT


@pytest.mark.parametrize(("start", "move", "end"), list(DELIVERY.arrows()))
def test_no_way_leads_back_but_a_persons(start: str, move: str, end: str) -> None:
    assert RANK[end] >= RANK[start] or move in BY_A_PERSON


def test_what_a_provider_has_can_never_be_sent_again_without_a_person() -> None:
    reached, left = set[str](), {"accepted", "sent", "dispatched", "delivered", "temporary_failure"}
    while left:
        state = left.pop()
        reached.add(state)
        ways = {move: ends for move, ends in DELIVERY.moves[state].items() if move not in BY_A_PERSON}
        left |= {end for ends in ways.values() for end in ends} - reached
    assert not reached & {"waiting", "held", "sending", "unknown"}


def test_what_is_unknown_is_sent_again_only_after_it_was_looked_up_or_cannot_be() -> None:
    again = {move for move, ends in DELIVERY.moves["unknown"].items() if "waiting" in ends}
    assert again == {"not_found", "send_again"}
    assert not any("unknown" in ends for state in TO_GO for ends in DELIVERY.moves[state].values())


@pytest.mark.parametrize(("category", "channel"), list(product(get_args(Category), get_args(Channel))))
def test_why_a_delivery_was_not_sent_is_a_code_and_is_read_in_the_words_of_those_kept_before(
    category: Category, channel: Channel
) -> None:
    dead = refusal({"suppressed": {"why": "550"}}, None, category, channel)
    unwanted = refusal({"wishes": {f"{category}:{channel}": {"wanted": False}}}, None, category, channel)
    assert dead is not None
    assert dead.code == "dead_address"
    assert (unwanted is None) == (category == "statutory")
    for why, state in ((dead, "suppressed"), (unwanted, "suppressed"), (STOPPED, "cancelled")):
        if why is not None:
            assert code_of({"state": state, "why": "reworded since", "why_code": why.code}) == why.code
            assert code_of({"state": state, "why": why.words}) == why.code
    assert code_of({"state": "cancelled", "why": "not true any more", "why_code": None}) is None
    assert code_of({"state": "delivered"}) is None
