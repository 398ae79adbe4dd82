"""What is counted, for Prometheus. Labels are route templates and words of ours: never a path or a name."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

import sqlalchemy as sa
from fastapi import APIRouter
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from api.errors import Unknown
from archive import tables
from archive.errors import DatabaseUnavailable
from office.context import Office

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The counters of one web process, in a registry of their own. Thread-safe.

    Permits signed and waiting are read from the registry at each scrape: signing goes on in another
    process, and a count there would be lost with it.
    """

    def __init__(self, office: Office) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "sahih_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "sahih_http_request_seconds",
            "Time to the whole answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._verdicts = Counter(
            "sahih_verifications",
            "Verifications by JSON, by how and what was answered.",
            ("how", "verdict"),
            registry=self.registry,
        )
        self.registry.register(_Work(office))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request and how long it took."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def verified(self, how: str, verdict: str) -> None:
        """Count a verification; ``how``: "token" or "upload"."""
        self._verdicts.labels(how, verdict).inc()


class _Work(Collector):
    """What the registry knows of the signing desk's work."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand, so that registering asks no database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yield the counts; none while the database does not answer."""
        items, permits = tables.signing_item.c, tables.permit.c
        try:
            with self._office.database.read() as conn:
                signings = conn.execute(sa.select(items.state, sa.func.count()).group_by(items.state)).all()
                states = conn.execute(sa.select(permits.state, sa.func.count()).group_by(permits.state)).all()
        except DatabaseUnavailable:
            return
        signed = CounterMetricFamily("sahih_signings", "Signings asked for, by outcome.", labels=("outcome",))
        for state, count in signings:
            signed.add_metric((state,), count)
        yield signed
        held = GaugeMetricFamily(
            "sahih_permits", "Permits in the registry, by stored state.", labels=("state",)
        )
        for state, count in states:
            held.add_metric((state,), count)
        yield held


def routes(metrics: Metrics) -> APIRouter:
    """Return the route that Prometheus scrapes; open to this machine and private networks only."""
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    def scrape(request: Request) -> Response:
        if not _near(request.client.host if request.client else ""):
            raise Unknown("Periksa kembali alamatnya.")
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _near(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_loopback or parsed.is_private
