"""Every machine of the house over all its states and moves: a move leads where it is listed to, or it is refused."""

from typing import Any, get_args

import pytest

from services.bookings.places.states import BOOKING, BookingMove, BookingState
from services.notices.casefile.case_states import CASE, CaseState
from services.notices.casefile.entries import CaseMove, NoticeMove
from services.notices.casefile.notice_states import NOTICE, NoticeState
from services.notifications.deliveries.delivery import DELIVERY, DeliveryMove, DeliveryState
from services.notifications.deliveries.intent import INTENT, IntentMove, IntentState
from services.surveys.answers.states import (
    INVITATION,
    SURVEY,
    InvitationMove,
    InvitationState,
    SurveyMove,
    SurveyState,
)
from shared.machine import Machine, NoSuchMove, NoSuchState

MACHINES: dict[str, tuple[Machine[Any, Any], Any, Any]] = {
    machine.name: (machine, states, moves)
    for machine, states, moves in (
        (CASE, CaseState, CaseMove),
        (NOTICE, NoticeState, NoticeMove),
        (DELIVERY, DeliveryState, DeliveryMove),
        (INTENT, IntentState, IntentMove),
        (BOOKING, BookingState, BookingMove),
        (SURVEY, SurveyState, SurveyMove),
        (INVITATION, InvitationState, InvitationMove),
    )
}
every = pytest.mark.parametrize("name", MACHINES)


@every
def test_its_types_name_its_states_and_moves_and_no_others(name: str) -> None:
    machine, states, moves = MACHINES[name]
    assert set(machine.states) == set(machine.moves) == set(get_args(states))
    assert {move for ways in machine.moves.values() for move in ways} == set(get_args(moves))


@every
def test_each_move_leads_where_it_is_listed_to_or_is_noted_or_ignored_or_refused(name: str) -> None:
    machine, states, moves = MACHINES[name]
    for state in get_args(states):
        for move in get_args(moves):
            targets = machine.moves[state].get(move, ())
            aside = [asides for asides in (machine.noted, machine.ignored) if state in asides.get(move, ())]
            assert len(aside) + bool(targets) <= 1, (state, move)
            if targets:
                assert machine.after(state, move) == targets[0]
                assert [machine.after(state, move, to) for to in targets] == list(targets)
                for to in set(get_args(states)) - set(targets):
                    with pytest.raises(NoSuchMove):
                        machine.after(state, move, to)
            elif aside:
                assert machine.after(state, move) == state
            else:
                with pytest.raises(NoSuchMove, match=f"{machine.a_name} that is {state}: no move {move}"):
                    machine.after(state, move)


@every
def test_what_is_stored_is_read_into_one_of_its_states_or_refused(name: str) -> None:
    machine, states, _ = MACHINES[name]
    for state in get_args(states):
        assert machine.of(machine.put(state)) == state
        assert machine.among(state) == {"state": {"$in": [state]}}
    with pytest.raises(NoSuchState, match=f"{machine.a_name} has no state 'wating'"):
        machine.of({"state": "wating"})
