"""The notices service, put together."""

from services.notices.asking.gauges import of_cases
from services.notices.attendance.policy import policies
from services.notices.handlers import handlers
from services.notices.settings import NoticesSettings
from services.notices.store import records
from services.notices.store.cases import Cases
from services.notices.store.registers import Registers
from services.notices.store.sweeps import Sweeps
from services.notices.store.upstream import Upstream
from shared.contracts import mis
from shared.hearing.bulk import Bulk
from shared.running.service import Compose, Parts, handled, run
from shared.store.documents import Store
from shared.store.timers import Timer
from shared.time.clock import Clock


def composer(settings: NoticesSettings) -> Compose:
    """How the service is put together under these settings."""

    def compose(store: Store, clock: Clock) -> Parts:
        rules = policies(settings.policies)
        registers = Registers(store, rules, clock)
        cases = Cases(store, registers, rules, clock)
        return Parts(
            routers=[handled("notices", handlers(Upstream(store, registers, cases, clock), cases))],
            bulk=[Bulk(mis.RegisterTaken, registers.keep), Bulk(mis.MarksAmended, registers.keep)],
            timers=[
                Timer(store, records.CASES, cases.due, clock),
                *Sweeps(store, registers, rules, clock).sweeps(),
            ],
            outboxes=[records.PUPILS, records.CASES],
            indexes=[
                (records.REGISTERS, ("slot",)),
                (records.PUPILS, ("schools",)),
                (records.CASES, ("notices",)),
                (records.CASES, ("upn",)),
                (records.CASES, ("since",)),
                (records.CASES, ("urn", "since")),
                (records.CASES, ("state", "since")),
                (records.CASES, ("open.state",)),
                (records.CASES, ("prompts",)),
            ],
            gauges=[of_cases(store, clock)],
            refuse=cases.refuse,
            sparse=[
                (records.REGISTERS, "missing"),
                (records.REGISTERS, "untidy"),
                (records.PUPILS, "untidy"),
                (records.SCHOOLS, "untidy"),
                (records.CASES, "history.payment_reference"),
            ],
        )

    return compose


if __name__ == "__main__":
    ours = NoticesSettings()
    run("notices", composer(ours), ours)
