"""Who may say what, in the words of the design: written by hand, and not taken from the rights that are tried."""

from shared.contracts import Command, Message

SERVICES = ("notices", "notifications", "bookings", "surveys")
MIS, ARBOR = "mis", "mis-arbor"
"""One intake for all schools, and the system of one school that is none of those which the tests speak of."""
ARBORS = "654321"
PRODUCERS = (MIS, "casework", "finance")
FOR_FINANCE = {"notices.record_payment.v1", "notices.record_refund.v1", "notices.reverse_payment.v1"}
EVERYBODY = (*SERVICES, *PRODUCERS, "operator", "topology", "monitoring")


def speaker_of(kind: type[Message]) -> str:
    """Who says messages of a type, and nobody else."""
    if issubclass(kind, Command):
        return "finance" if kind.key() in FOR_FINANCE else "casework"
    return kind.key().partition(".")[0]


def should_say(identity: str, kind: type[Message]) -> bool:
    """Whether an identity may say a type at all; of which schools is another question."""
    return speaker_of(kind) == (MIS if identity == ARBOR else identity)
