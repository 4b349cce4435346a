"""What a webhook is told of a fact, and what it is not."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.recording.status_report import MAX_REASON, OF_GRANTS, reports_of

AT = datetime(2026, 11, 29, 12, 0, 0, 5000, UTC)
FINISHED = AuditFact(
    kind="recording.finished",
    call=CallId("call-1"),
    tenant="acme",
    details={"recording": "rec1", "manifest_sha256": "ab" * 32},
)


@pytest.mark.requirement("REC-09")
def test_a_stored_recording_is_told_with_its_ids() -> None:
    (report,) = reports_of(FINISHED, AT)
    assert report.status == "recording.stored"
    assert report.body.decode() == (
        '{"type":"recording.stored","timestamp":"2026-11-29T12:00:00.005Z","data":'
        '{"recording":"rec1","call":"call-1","tenant":"acme","manifest_sha256":"' + "ab" * 32 + '"}}'
    )


def test_the_time_is_utc_whatever_zone_it_came_in() -> None:
    (report,) = reports_of(FINISHED, AT.astimezone(timezone(timedelta(hours=5))))
    assert json.loads(report.body)["timestamp"] == "2026-11-29T12:00:00.005Z"


@pytest.mark.requirement("REC-09")
@pytest.mark.parametrize(
    ("kind", "details", "status", "told"),
    [
        ("recording.failed", {"reason": "the spool is full"}, "recording.failed", {"recording": None}),
        ("recording.unreadable", {"recording": "r", "reason": "no head"}, "recording.failed", {}),
        (
            "recording.erased",
            {"recording": "r", "ground": "request", "extent": "all"},
            "recording.erased",
            {},
        ),
        ("self_check.failed", {"recording": "r", "reason": "hash"}, "recording.damaged", {"reason": "hash"}),
        ("recording.copy_failed", {"recording": "r", "reason": "chunk 3"}, "recording.copy_failed", {}),
        ("access.glass_broken", {"recording": "r", "request": "q"}, "access.glass_broken", {}),
    ],
)
def test_the_other_statuses(
    kind: str, details: dict[str, str | int | bool | None], status: str, told: dict[str, object]
) -> None:
    (report,) = reports_of(AuditFact(kind=kind, tenant="acme", details=details), AT)
    said = json.loads(report.body)
    assert said["type"] == status
    assert said["data"] == {"recording": "r", "call": None, "tenant": "acme"} | details | told


@pytest.mark.requirement("VER-04")
def test_a_grant_is_told_with_its_level_and_end_and_without_what_it_is_signed_with() -> None:
    about: dict[str, str | int | bool | None] = {
        "grant": "9f",
        "leg": "a",
        "level": "V2",
        "customer": "c-1",
        "audience": "extension/1001",
        "methods": "phone_number date_of_birth",
        "risk": "",
        "expires": "2026-11-29T12:15:00+00:00",
    }
    (report,) = reports_of(AuditFact(kind="grant.issued", call=CallId("c"), tenant="acme", details=about), AT)
    said = json.loads(report.body)
    assert said["type"] == "grant.issued"
    assert said["data"] == about | {"call": "c", "tenant": "acme"}
    ended = about | {"why": "operator", "by": "ada", "reason": "she sounded odd"}
    (report,) = reports_of(AuditFact(kind="grant.revoked", tenant="acme", details=ended), AT)
    assert json.loads(report.body)["data"] == {
        "grant": "9f",
        "call": None,
        "tenant": "acme",
        "leg": "a",
        "level": "V2",
        "customer": "c-1",
        "why": "operator",
    }, "who has revoked it, and in which words, stays here"
    assert report.body.startswith(OF_GRANTS)
    assert not reports_of(FINISHED, AT)[0].body.startswith(OF_GRANTS)


@pytest.mark.parametrize("kind", ["grant.used", "grant.refused"])
def test_what_is_done_with_a_grant_is_not_told(kind: str) -> None:
    assert reports_of(AuditFact(kind=kind, tenant="acme", details={"grant": "9f"}), AT) == ()


def test_each_recording_whose_key_is_lost_is_told() -> None:
    fact = AuditFact(kind="self_check.keys_lost", tenant="acme", details={"count": 2, "recordings": "r1 r2"})
    said = [json.loads(report.body)["data"] for report in reports_of(fact, AT)]
    assert [(one["recording"], one["reason"]) for one in said] == [
        ("r1", "its key is lost"),
        ("r2", "its key is lost"),
    ]


@pytest.mark.parametrize("kind", ["recording.erased", "access.glass_broken"])
def test_what_a_person_has_typed_stays_here(kind: str) -> None:
    details: dict[str, str | int | bool | None] = {
        "recording": "r",
        "ground": "request",
        "extent": "all",
        "receipt_sha256": "cd",
        "actor": "ada",
        "purpose": "Ada",
        "decided_by": "ada",
        "reason": "Ada Example of 07700 900123 asked for it",
        "number": "+447700900123",
    }
    (report,) = reports_of(AuditFact(kind=kind, tenant="acme", details=details), AT)
    assert b"Ada" not in report.body and b"7700" not in report.body and b"ada" not in report.body


def test_a_reason_has_an_end() -> None:
    details: dict[str, str | int | bool | None] = {"recording": "r", "reason": "x" * (MAX_REASON + 1)}
    (report,) = reports_of(AuditFact(kind="recording.failed", details=details), AT)
    assert len(json.loads(report.body)["data"]["reason"]) == MAX_REASON
    assert len(report.body) < 1024


@pytest.mark.parametrize("kind", ["recording.started", "recording.shown", "self_check.done", "call.ended"])
def test_most_facts_are_nobodys_business(kind: str) -> None:
    assert reports_of(AuditFact(kind=kind, details={"recording": "r"}), AT) == ()


@pytest.mark.requirement("CF-42")
def test_who_calls_for_help_and_from_where() -> None:
    details: dict[str, str | int | bool | None] = {
        "extension": "1003",
        "number": "999",
        "location": "head-office",
        "shown": "+441632960100",
        "window_s": 1800,
    }
    fact = AuditFact(kind="emergency.called", call=CallId("call-1"), tenant="acme", details=details)
    (report,) = reports_of(fact, AT)
    assert json.loads(report.body) == {
        "type": "emergency.called",
        "timestamp": "2026-11-29T12:00:00.005Z",
        "data": {
            "call": "call-1",
            "tenant": "acme",
            "extension": "1003",
            "number": "999",
            "location": "head-office",
        },
    }
