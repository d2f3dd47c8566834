"""Every metric that the code exports: the list that `docs/metrics.md` shows, and that panels and alerts are held to."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from shared.observing import metrics
from shared.running.gauges import Asked

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "metrics.md"
HEAD = """# The metrics

Made from the code by `make contracts`; a test compares. Every service exports them at `/metrics` on its HTTP port, with
the usual `process_*` beside them. No label ever holds an id, a reference, a URN or a name: a test reads every value.
Those marked † are asked of the store or the broker, at most every fifteen seconds, by the replica that holds the lease
`gauges`; the others export none of them.

| metric | type | labels | what it says |
|---|---|---|---|
"""
_SERIES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


@dataclass(frozen=True, order=True)
class Exported:
    """One metric as a query names it, without what a histogram adds."""

    name: str
    kind: str
    labels: tuple[str, ...]
    means: str

    @property
    def series(self) -> set[str]:
        return {self.name + suffix for suffix in _SERIES[self.kind.rstrip("†")]}


def exported() -> list[Exported]:
    """Every metric of the code, in order of its name."""
    for app in (ROOT / "services").glob("*/app.py"):
        import_module(f"services.{app.parent.name}.app")
    own = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    return sorted(
        [_exported(each) for each in own]
        + [Exported(each.name, "gauge†", each.labels, each.means) for each in Asked.KNOWN]
    )


def as_markdown() -> str:
    return HEAD + "".join(
        f"| `{each.name}` | {each.kind} | {', '.join(each.labels)} | {each.means} |\n" for each in exported()
    )


def _exported(metric: MetricWrapperBase) -> Exported:
    [told] = metric.describe()
    name = told.name + ("_total" if told.type == "counter" else "")
    return Exported(name, told.type, metric._labelnames, told.documentation)
