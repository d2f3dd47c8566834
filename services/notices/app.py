"""The notices service, put together."""

from services.notices import policy, records
from services.notices.cases import Cases
from services.notices.handlers import handlers
from services.notices.registers import Registers
from services.notices.served import Service
from services.notices.upstream import Upstream
from shared.bulk import Bulk
from shared.clock import Clock
from shared.contracts import mis, notices
from shared.service import Parts, run
from shared.settings import Settings
from shared.store import Store
from shared.timers import Timer


def compose(store: Store, clock: Clock) -> Parts:
    rules = policy.current()
    registers = Registers(store, rules, clock)
    cases = Cases(store, registers, rules, clock)
    service = Service(store, rules, clock)
    return Parts(
        routers=[handlers(Upstream(store, registers, cases, clock), cases, service)],
        bulk=[Bulk(mis.RegisterTaken, registers.keep), Bulk(mis.MarksAmended, registers.keep)],
        timers=[Timer(store, records.NOTICES, service.due, clock)],
        outboxes=[records.PUPILS, records.CASES, records.NOTICES],
        indexes=[
            (records.REGISTERS, ("slot",)),
            (records.PUPILS, ("schools",)),
            (records.NOTICES, ("case",)),
            (records.NOTICES, ("upn", "parent_id")),
        ],
        says=[
            notices.AbsenceThresholdReached,
            notices.AbsenceThresholdCleared,
            notices.MisAlertChecked,
            notices.AuthorisationRefused,
            notices.NoticeIssued,
            notices.NoticeServed,
        ],
    )


if __name__ == "__main__":
    run("notices", compose, Settings())
