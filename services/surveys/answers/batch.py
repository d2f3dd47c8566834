"""Makes anonymous answers alike within their batch: new ids, shuffled, described only by what several share.

Each answer keeps district, phase and kind of respondent only as far as at least `least` answers of the batch share
them; so whoever knows who was in a batch, and all about them, can still only guess among that many. Pure.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from services.surveys.answers.counts import Counts, count
from services.surveys.answers.invitation import Invitation
from shared.identity import derived_reference

Described = tuple[str | None, ...]
_FIELDS = ("group", "official", "district", "phase")
_NOTHING: Described = (None, None, None, None)


@dataclass(frozen=True)
class Batch:
    """The effect of one mixing: whose boxes it empties (in order of id), and what it keeps from them.

    `tidied` are answers from before channels and minutes were counted separately; theirs move to the counts.
    """

    members: tuple[str, ...] = ()
    answers: tuple[dict[str, Any], ...] = ()
    counts: Counts = field(default_factory=dict)
    tidied: tuple[str, ...] | None = None


def mix(boxed: Sequence[Invitation], least: int, day: str, chance: Random) -> Batch:
    """Make a batch of boxed answers; ids and order come from `chance`, which nobody must be able to guess."""
    described = describe(boxed, least)
    answers = [_answer(invitation, described[invitation.id], day, chance) for invitation in boxed]
    chance.shuffle(answers)
    members = tuple(sorted(invitation.id for invitation in boxed))
    return Batch(members, tuple(answers), count(channel_and_minutes(invitation) for invitation in boxed))


def describe(boxed: Sequence[Invitation], least: int) -> dict[str, Described]:
    """How each answer may be described: in full, by phase only, or not at all; each way is shared by `least`."""
    kept: dict[Described, list[str]] = {}
    rest = list(boxed)
    for coarse in (_whole, _phase):
        groups: dict[Described, list[Invitation]] = defaultdict(list)
        for invitation in rest:
            groups[coarse(invitation)].append(invitation)
        for way, members in groups.items():
            if len(members) >= least and way != _NOTHING:
                kept.setdefault(way, []).extend(member.id for member in members)
        taken = {name for names in kept.values() for name in names}
        rest = [invitation for invitation in rest if invitation.id not in taken]
    plain = [invitation.id for invitation in rest]
    while plain and len(plain) < least and kept:  # too few to hide among themselves: the smallest group joins them
        smallest = min(kept, key=lambda way: (len(kept[way]), str(way)))
        plain += kept.pop(smallest)
    return {name: way for way, names in kept.items() for name in names} | dict.fromkeys(plain, _NOTHING)


def _whole(invitation: Invitation) -> Described:
    about = invitation.respondent
    return (about.group, str(about.official).lower(), invitation.district, invitation.phase)


def _phase(invitation: Invitation) -> Described:
    return (None, None, None, invitation.phase)


def _answer(invitation: Invitation, described: Described, day: str, chance: Random) -> dict[str, Any]:
    answer = dict(invitation.answer or {})
    fresh = UUID(int=chance.getrandbits(128), version=4)
    return {
        "_id": str(fresh),
        "response": derived_reference("R", fresh),
        "survey": invitation.survey,
        "day": day,
        **dict(zip(_FIELDS, described, strict=True)),
        "edition": answer["edition"],
        "answers": answer["answers"],
        "nothing_to_say": answer["nothing_to_say"],
    }


def channel_and_minutes(invitation: Invitation) -> tuple[str, int | None]:
    """A boxed answer's channel and minutes: counted, and kept with neither answer nor invitation."""
    answer = invitation.answer or {}
    return answer.get("channel") or invitation.channel or "link", answer.get("minutes")
