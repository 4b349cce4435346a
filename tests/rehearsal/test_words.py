"""Words for facts and callers."""

from dataclasses import replace

from pbx.core.audit import AuditFact
from pbx.rehearsal.words import at_stage, fact_line, opening
from pbx.sip.events import DeviceOrigin
from tests.rehearsal.conftest import CALLER


def test_who_calls_whom() -> None:
    assert opening(CALLER).startswith(
        "+447700900123 calls 01632960100 by trunk carrier, 2026-06-01 09:00 UTC"
    )
    assert opening(replace(CALLER, number="")).startswith("somebody without a number calls")
    ours = replace(CALLER, origin=DeviceOrigin(tenant="acme", extension="1001"))
    assert opening(ours).startswith("extension 1001 calls")


def test_facts_that_a_line_of_their_own_tells_are_left_out() -> None:
    assert fact_line(AuditFact(kind="consent.granted", details={"mode": "notify"})) == ""
    assert fact_line(AuditFact(kind="consent.resolved", details={"mode": "never", "consent": "x"})) == (
        "noted: consent.resolved (mode never)"
    )


def test_a_status_and_what_it_means() -> None:
    assert (at_stage(486), at_stage(599)) == ("486 busy", "599")
