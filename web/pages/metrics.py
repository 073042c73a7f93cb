"""Figures for a monitoring system, in the text format of Prometheus (prometheus.io/docs/instrumenting/exposition_formats)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from tracker.clock import local_date
from tracker.queries.system import Figures, figures
from tracker.words import AssetStatus, FindingKind, ScanState
from web import doors
from web.access import public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("metrics", __name__)


def _is_shown() -> bool:
    token = doors.doors().config.web.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return token is not None and hmac.compare_digest(given.encode(), token.encode())


def _gauge(registry: CollectorRegistry, name: str, says: str, *labels: str) -> Gauge:
    return Gauge(f"enhetskoll_{name}", says, labels, registry=registry)


def registry_of(found: Figures) -> CollectorRegistry:
    """The figures as gauges. Words that count nothing are there with 0, so that an alarm can stand on them."""
    registry = CollectorRegistry()
    assets = _gauge(registry, "assets", "Assets in the register", "status")
    for status in AssetStatus:
        assets.labels(status.value).set(found.assets.get(status, 0))
    findings = _gauge(registry, "findings_open", "Findings that wait for a person", "kind")
    for kind in FindingKind:
        findings.labels(kind.value).set(found.findings.get(kind, 0))
    devices = _gauge(registry, "devices", "Devices seen on the networks", "registered")
    devices.labels("yes").set(found.devices_matched)
    devices.labels("no").set(found.devices - found.devices_matched)
    ended = _gauge(registry, "scan_last_end_timestamp_seconds", "When the last scan ended", "network")
    whole = _gauge(registry, "scan_last_whole", "1 when the last scan looked everywhere", "network")
    for network, scan in found.scans:
        ended.labels(network).set((scan.ended_at or scan.asked_at).timestamp())
        whole.labels(network).set(scan.state is ScanState.DONE)
    paused = _gauge(registry, "network_paused", "1 while the network's scans are paused", "network")
    for network, is_paused in found.networks:
        paused.labels(network).set(is_paused)
    if found.copied is not None:
        when = _gauge(registry, "backup_last_timestamp_seconds", "When the last checked copy was made")
        when.set(found.copied.timestamp())
    _gauge(registry, "journal_entries", "Entries in the journal").set(found.journal_entries)
    return registry


@bp.get("/metrics")
@public
def show() -> ResponseReturnValue:
    """The figures, for who shows the configured token; for others there is no such page."""
    if not _is_shown():
        abort(404)
    with doors.reading() as session:
        found = figures(session, local_date(doors.now(), doors.doors().zone))
    return Response(generate_latest(registry_of(found)), content_type=CONTENT_TYPE_PLAIN_0_0_4)
