"""What the dashboards show, and how Grafana wants it written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_COLUMNS, _HEIGHT = 24, 8


@dataclass(frozen=True)
class Panel:
    """One picture: what it is called, what it asks, and in which unit it answers."""

    title: str
    queries: tuple[tuple[str, str], ...]
    """Each an expression of PromQL, and what its lines are called."""
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    means: str = ""


@dataclass(frozen=True)
class Board:
    """One dashboard."""

    name: str
    title: str
    panels: Sequence[Panel]


def number(title: str, query: str, unit: str = "short", means: str = "") -> Panel:
    """A single number that ought to be small."""
    return Panel(title, ((query, ""),), unit, "stat", 4, means)


_P95 = "histogram_quantile(0.95, sum by (service, type, le) (rate({}_bucket[5m])))"

OVERVIEW = Board(
    "overview",
    "Everyday Counts: overview",
    (
        number("Services that are there", "count(count by (service) (everyday_build_info))"),
        number(
            "Dead letters", "max(everyday_dead_letters)", means="Messages that wait for a person: everyday dead list"
        ),
        number("Letters not posted in time", "max(everyday_letters_unposted)"),
        number("Notices at day 29", 'max(everyday_notices{state="expired_unpaid"})'),
        number("Prompts open", "max(everyday_prompts_open)"),
        number(
            "Late of the last 3 days",
            "everyday:messages_late:ratio3d",
            "percentunit",
            "The allowance is 0.1 %: late is later than five minutes, or parked.",
        ),
        Panel("Messages a second", (("sum by (service) (rate(everyday_messages_received_total[5m]))", "{{service}}"),)),
        Panel(
            "Not done, a second",
            (
                (
                    'sum by (service, outcome) (rate(everyday_messages_total{outcome!="done"}[5m]))',
                    "{{service}} {{outcome}}",
                ),
            ),
        ),
        Panel(
            "How late, by window",
            tuple((f"everyday:messages_late:ratio{each}", each) for each in ("5m", "1h", "6h")),
            "percentunit",
        ),
        Panel("Ready", (("min by (service, check) (everyday_ready)", "{{service}} {{check}}"),)),
        Panel(
            "Versions that run",
            (("count by (service, version) (everyday_build_info)", "{{service}} {{version}}"),),
        ),
        Panel("Memory of each process", (("process_resident_memory_bytes", "{{instance}}"),), "bytes"),
    ),
)

MESSAGING = Board(
    "messaging",
    "Everyday Counts: messaging",
    (
        Panel("Received a second", (("sum by (type) (rate(everyday_messages_received_total[5m]))", "{{type}}"),)),
        Panel("Outcomes a second", (("sum by (outcome) (rate(everyday_messages_total[5m]))", "{{outcome}}"),)),
        Panel("Work on one, 95 %", ((_P95.format("everyday_message_seconds"), "{{service}} {{type}}"),), "s"),
        Panel("Age when done, 95 %", ((_P95.format("everyday_message_age_seconds"), "{{service}} {{type}}"),), "s"),
        Panel("Waiting in queues", (("max by (service, type) (everyday_queue_messages)", "{{service}} {{type}}"),)),
        Panel(
            "Consumers of queues",
            (
                ("max by (service, type) (everyday_queue_consumers)", "{{service}} {{type}}"),
                ("sum by (service, type) (everyday_consumer_connected)", "by their own word: {{service}} {{type}}"),
            ),
        ),
        Panel(
            "Missing queues",
            (("max by (service, type) (everyday_queue_missing) > 0", "{{service}} {{type}}"),),
        ),
        Panel("Waiting in outboxes", (("max by (service) (everyday_outbox_messages)", "{{service}}"),)),
        Panel("Oldest in an outbox", (("max by (service) (everyday_outbox_oldest_seconds)", "{{service}}"),), "s"),
        Panel(
            "Leaving the outboxes, a second",
            (("sum by (service, outcome) (rate(everyday_outbox_published_total[5m]))", "{{service}} {{outcome}}"),),
        ),
        Panel(
            "Refused by the broker, set aside",
            (("max by (service, type) (everyday_outbox_refused) > 0", "{{service}} {{type}}"),),
        ),
        Panel("Dead letters", (("max(everyday_dead_letters)", "parked"),)),
        Panel(
            "Forged, in a quarter of an hour",
            (
                (
                    'sum by (service, type) (increase(everyday_messages_total{outcome="forged"}[15m])) > 0',
                    "{{service}} {{type}}",
                ),
            ),
        ),
        Panel("Who does which job", (("sum by (service, job) (everyday_lease_held)", "{{service}} {{job}}"),)),
        Panel("Due", (("max by (service, collection) (everyday_timer_due)", "{{service}} {{collection}}"),)),
        Panel(
            "Longest overdue",
            (("max by (service, collection) (everyday_timer_overdue_seconds)", "{{service}} {{collection}}"),),
            "s",
        ),
    ),
)

NOTICES = Board(
    "notices",
    "Everyday Counts: cases and clocks",
    (
        Panel("Cases by state", (("max by (state) (everyday_cases) > 0", "{{state}}"),)),
        Panel("Oldest case by state", (("max by (state) (everyday_case_oldest_seconds) > 0", "{{state}}"),), "s"),
        Panel("Notices by state", (("max by (state) (everyday_notices) > 0", "{{state}}"),)),
        Panel("Oldest notice by state", (("max by (state) (everyday_notice_oldest_seconds) > 0", "{{state}}"),), "s"),
        Panel("Letters not posted within two working days", (("max(everyday_letters_unposted)", "letters"),)),
        Panel("Prompts on which nobody has acted", (("max(everyday_prompts_open)", "prompts"),)),
        Panel(
            "Registers a second",
            (('sum(rate(everyday_messages_received_total{type="mis.register_taken.v1"}[5m]))', "registers"),),
        ),
        Panel(
            "Commands a second",
            (
                (
                    'sum by (type) (rate(everyday_messages_received_total{service="notices",type=~"notices.+"}[5m]))',
                    "{{type}}",
                ),
            ),
        ),
    ),
)

NOTIFICATIONS = Board(
    "notifications",
    "Everyday Counts: deliveries and providers",
    (
        Panel("Deliveries by state", (("max by (state) (everyday_deliveries)", "{{state}}"),)),
        Panel(
            "Longest unknown",
            (("max(everyday_delivery_unknown_oldest_seconds)", "outcome unknown"),),
            "s",
            means="A send whose claim ran out without an answer: nobody knows whether the provider took it.",
        ),
        Panel(
            "Answers of providers, a second",
            (("sum by (provider, outcome) (rate(everyday_provider_requests_total[5m]))", "{{provider}} {{outcome}}"),),
        ),
        Panel(
            "Health of providers",
            (
                (
                    'sum by (provider) (rate(everyday_provider_requests_total{outcome="accepted"}[15m]))'
                    " / sum by (provider) (rate(everyday_provider_requests_total[15m]))",
                    "{{provider}}",
                ),
            ),
            "percentunit",
            means="The share of requests that were accepted.",
        ),
        Panel(
            "Seconds to an answer, 95 %",
            (
                (
                    "histogram_quantile(0.95, sum by (provider, le) (rate(everyday_provider_seconds_bucket[5m])))",
                    "{{provider}}",
                ),
            ),
            "s",
        ),
    ),
)

BOARDS = (OVERVIEW, MESSAGING, NOTICES, NOTIFICATIONS)


def as_json(board: Board) -> str:
    """A dashboard's file."""
    panels: list[dict[str, Any]] = []
    x = y = 0
    for number_, panel in enumerate(board.panels, start=1):
        if x + panel.width > _COLUMNS:
            x, y = 0, y + _HEIGHT
        panels.append(_panel(number_, panel, x, y))
        x += panel.width
    source = {"name": "source", "label": "Data source", "type": "datasource", "query": "prometheus"}
    written = {
        "uid": f"everyday-{board.name}",
        "title": board.title,
        "tags": ["everyday-counts"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [source]},
        "panels": panels,
    }
    return json.dumps(written, indent=2) + "\n"


def _panel(number_: int, panel: Panel, x: int, y: int) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + place), "datasource": _SOURCE, "expr": query, "legendFormat": legend or "__auto"}
        for place, (query, legend) in enumerate(panel.queries)
    ]
    return {
        "id": number_,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.means,
        "datasource": _SOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }
