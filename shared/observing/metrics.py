"""What a service counts about itself, for Prometheus. Labels name services, message types and states; never an id."""

from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

RECEIVED = Counter(
    "everyday_messages_received_total",
    "Deliveries of messages that were taken from their queue.",
    ("service", "type"),
    registry=REGISTRY,
)
ENDED = Counter(
    "everyday_messages_total",
    "Deliveries by what became of them: done, retried, parked, forged, returned or interrupted.",
    ("service", "type", "outcome"),
    registry=REGISTRY,
)
SECONDS = Histogram(
    "everyday_message_seconds",
    "Seconds of work on one delivery; in a batch each counts with the batch's.",
    ("service", "type"),
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
AGE = Histogram(
    "everyday_message_age_seconds",
    "Seconds from when a message was said to when it was done, outbox, queue and retries included.",
    ("service", "type"),
    buckets=(1, 5, 10, 30, 60, 300, 900, 3600),
    registry=REGISTRY,
)
PUBLISHED = Counter(
    "everyday_outbox_published_total",
    "Messages that left an outbox, by whether the broker confirmed them: confirmed or failed.",
    ("service", "type", "outcome"),
    registry=REGISTRY,
)
REFUSED = Gauge(
    "everyday_outbox_refused",
    "Whether messages of a type are set aside because the broker refuses them: 1 or 0.",
    ("service", "type"),
    registry=REGISTRY,
)
LEASE_HELD = Gauge(
    "everyday_lease_held",
    "Whether this replica holds the lease of a job: 1 on one replica, 0 on the others.",
    ("service", "job"),
    registry=REGISTRY,
)
CONSUMING = Gauge(
    "everyday_consumer_connected",
    "Whether this replica has its consumer on a queue: 1 or 0.",
    ("service", "type"),
    registry=REGISTRY,
)
READY = Gauge(
    "everyday_ready",
    "What /ready answered last, by what it depends on: 1 or 0.",
    ("service", "check"),
    registry=REGISTRY,
)
BUILD = Gauge(
    "everyday_build_info", "The version of the software; always 1.", ("service", "version"), registry=REGISTRY
)
PROVIDER_ANSWERS = Counter(
    "everyday_provider_requests_total",
    "Requests to a provider of email, text messages or letters, by how it answered.",
    ("provider", "outcome"),
    registry=REGISTRY,
)
PROVIDER_SECONDS = Histogram(
    "everyday_provider_seconds",
    "Seconds that a provider took to answer.",
    ("provider",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)

ProviderOutcome = Literal["accepted", "refused", "not_now", "unknown"]


def provider_answered(provider: str, outcome: ProviderOutcome, seconds: float) -> None:
    """Count one request to a provider, such as `notify_letter` or `smtp`.

    `accepted`: it took the message or answered the question; `refused`: trying again cannot help; `not_now`: it said
    that it did not take it, a limit perhaps; `unknown`: no clear answer, it may have been taken.
    """
    PROVIDER_ANSWERS.labels(provider, outcome).inc()
    PROVIDER_SECONDS.labels(provider).observe(seconds)


def metrics_route() -> Route:
    """`/metrics`, in Prometheus' text format."""

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type="text/plain; version=0.0.4; charset=utf-8")

    return Route("/metrics", metrics)
