"""What the code exports, what panels and alerts ask for, and what is written down, are one list."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from deploy.grafana.boards import BOARDS, FOLDER, as_json
from shared.observing.metrics import ProviderOutcome, provider_answered
from tests.contracts import metrics_page
from tests.contracts.metrics_page import ROOT, exported

ALERTS = ROOT / "deploy" / "alerts"
RUNBOOKS = ROOT / "docs" / "runbooks"
OF_OTHERS = {
    "process_resident_memory_bytes",  # Prometheus' own client
    "rabbitmq_alarms_memory_used_watermark",
    "rabbitmq_alarms_free_disk_space_watermark",
    "rabbitmq_global_messages_unroutable_returned_total",
    "certmanager_certificate_expiration_timestamp_seconds",
    "kube_cronjob_status_last_successful_time",
}


def rules() -> list[dict[str, Any]]:
    files = sorted(ALERTS.glob("*.yaml"))
    return [rule for file in files for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


ALERTING = [rule for rule in rules() if "alert" in rule]


def names(query: str) -> set[str]:
    """The metrics that an expression names: what is left without labels, windows, functions and words."""
    plain = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring)\s*\([^)]*\)|\"[^\"]*\"", " ", query)
    return {
        each
        for each in re.findall(r"[a-z_][a-z0-9_:]*(?!\w|\s*\()", plain)
        if "_" in each and not re.search(rf"\b{re.escape(each)}\s*\(", plain)
    }


def queries() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for board in BOARDS:
        for panel in board.panels:
            yield from (query for query, _ in panel.queries)


def test_the_list_of_metrics_changes_only_with_the_code() -> None:
    assert metrics_page.as_markdown() == metrics_page.PAGE.read_text(), "run `make contracts` if the change is meant"


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_a_dashboard_is_written_down_as_it_is(board: Any) -> None:
    written = (FOLDER / f"{board.name}.json").read_text()
    assert written == as_json(board), "run `make contracts` if the change is meant"
    panels = json.loads(written)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) == len(board.panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


def test_every_dashboard_file_is_made_from_the_boards() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {board.name for board in BOARDS}


def test_every_query_names_a_metric_that_the_code_exports_and_every_metric_is_asked_for() -> None:
    ours = {series for each in exported() for series in each.series}
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    asked = {name for query in queries() for name in names(query)}
    assert asked <= ours | recorded | OF_OTHERS
    assert asked >= OF_OTHERS
    unseen = {each.name for each in exported() if not each.series & asked}
    assert unseen == set()


def test_every_query_of_a_metrics_labels_names_labels_that_it_has() -> None:
    labels = {series: set(each.labels) | {"le"} for each in exported() for series in each.series}
    for query in queries():
        for name, chosen in re.findall(r"(everyday_\w+)\{([^}]*)\}", query):
            assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", chosen)) <= labels[name], query


def test_no_label_is_made_for_an_id() -> None:
    known = {"service", "type", "outcome", "job", "check", "version", "provider", "collection", "state"}
    assert {label for each in exported() for label in each.labels} <= known


def test_the_reader_of_queries_finds_what_they_name() -> None:
    assert names('sum by (service) (rate(a_b_bucket{le="1"}[5m])) / max(c_d) > 0.1 and deriv(e_f[1m]) > 0') == {
        "a_b_bucket", "c_d", "e_f",
    }  # fmt: skip
    assert names("x:y_z:ratio5m > 14.4 * 0.001") == {"x:y_z:ratio5m"}


@pytest.mark.parametrize("rule", ALERTING, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_grave_it_is_what_has_happened_and_where_it_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook"] == f"docs/runbooks/{rule['alert']}.md"
    assert (ROOT / rule["annotations"]["runbook"]).exists()


def test_every_alert_has_a_unit_test_in_which_it_fires() -> None:
    """A test names all alerts that fire: of the series beside it that must not, it says so by leaving them out."""
    fires = {
        each["alertname"]
        for file in (ALERTS / "tests").glob("*.yaml")
        for test in yaml.safe_load(file.read_text())["tests"]
        for each in test["alert_rule_test"]
        if each["exp_alerts"]
    }
    assert fires == {rule["alert"] for rule in ALERTING}


def test_a_provider_is_counted_by_how_it_answered_and_how_long_that_took() -> None:
    outcomes: tuple[ProviderOutcome, ...] = ("accepted", "not_now")
    for outcome in outcomes:
        provider_answered("test_provider", outcome, 0.2)
    value = metrics_page.metrics.REGISTRY.get_sample_value
    assert value("everyday_provider_requests_total", {"provider": "test_provider", "outcome": "not_now"}) == 1
    assert value("everyday_provider_seconds_count", {"provider": "test_provider"}) == 2


def test_runbooks_are_about_alerts_that_exist() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("Everyday*.md")}
    assert pages == {rule["alert"] for rule in ALERTING}
