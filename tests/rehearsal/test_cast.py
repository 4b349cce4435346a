"""A test as written becomes a scenario."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pbx.config.customers import CustomersFile, OnOutage
from pbx.config.plan_tests import PlanTest, WrittenCustomer, WrittenTest
from pbx.core.secret import Secret
from pbx.ivr.program_steps import ProgramAnswer
from pbx.rehearsal.cast import caller_of, outage_of, party_of, scenario_of, strangers, verdict_of
from pbx.rehearsal.programs import SUCCEEDS
from pbx.rehearsal.scenario import Phone
from pbx.sip.events import DeviceOrigin, TrunkOrigin
from pbx.sip.stir.verdict import Status
from tests.rehearsal.conftest import sample

ACME = sample().tenants["acme"]


def cast(**changed: Any) -> Any:
    written = {"from": "07700 900123", "to": "01632 960100", "expect": {"recording": True}} | changed
    ada = WrittenCustomer(phone="07700 900123", date_of_birth="1980-02-03")
    test = PlanTest(
        name="a test", place="f:1", written=WrittenTest.model_validate(written), customers={"ada": ada}
    )
    return scenario_of(test, ACME)


def test_times_are_those_of_the_tenant() -> None:
    assert cast(at="2026-07-01 10:00").at == datetime(2026, 7, 1, 9, tzinfo=UTC)
    assert cast(at="2026-12-25 10:00").at == datetime(2026, 12, 25, 10, tzinfo=UTC)


def test_who_calls() -> None:
    assert caller_of(ACME, "1001") == (DeviceOrigin(tenant="acme", extension="1001"), "1001")
    carrier = TrunkOrigin(tenant="acme", trunk="carrier")
    assert caller_of(ACME, "07700 900123") == (carrier, "+447700900123")
    assert caller_of(ACME, "withheld") == (carrier, "")


def test_people_and_telephones() -> None:
    scenario = cast(
        phones={"1001": "busy", "1002": "away", "carrier": {"answers": "5s", "hangs_up": "1 min"}}
    )
    assert scenario.phones == {
        "extension/1001": Phone(refuses=486),
        "extension/1002": Phone(is_away=True),
        "trunk/carrier": Phone(answers_s=5.0, hangs_up_s=60.0),
    }
    (ada,) = scenario.people
    assert ada.number == "+447700900123"
    assert ada.date_of_birth is not None and ada.date_of_birth.reveal() == "19800203"
    assert party_of(ACME, "1001") == "extension/1001" and party_of(ACME, "carrier") == "trunk/carrier"


def test_stores() -> None:
    assert cast().has_database and cast().has_room
    down = cast(database="down", spool="full", object_store="down")
    assert not down.has_database and not down.has_room


@pytest.mark.requirement("F-40")
@pytest.mark.parametrize("on_outage", ["unverified", "cached", "agent"])
def test_servers_of_customers(on_outage: OnOutage) -> None:
    assert cast(customers="down").outage is None  # there are none
    asked = CustomersFile.model_validate(
        {"sources": {"crm": {"http": {"url": "https://crm.example/{number}"}}}, "on_outage": on_outage}
    )
    assert outage_of(replace(ACME, asked=asked)) == on_outage


def test_an_attestation_means_a_signature_that_holds() -> None:
    assert verdict_of(None, None) is None
    attested = verdict_of(None, "A")
    assert attested is not None and (attested.status, attested.attestation) == (Status.PASSED, "A")
    failed = verdict_of("failed", None)
    assert failed is not None and failed.status is Status.FAILED


def test_strangers_are_who_is_no_more_of_the_plan() -> None:
    def named(**changed: Any) -> tuple[str, ...]:
        written = {"from": "1001", "to": "1002", "expect": {"recording": True}} | changed
        test = PlanTest(name="a test", place="f:1", written=WrittenTest.model_validate(written), customers={})
        return strangers(test, ACME)

    assert named(phones={"1001": "busy", "carrier": "away"}, via="carrier") == ()
    assert named(**{"from": "07700 900123"}) == named(**{"from": "withheld"}) == ()
    assert named(phones={"1009": "busy"}, via="carier", **{"from": "1008"}) == ("1008", "1009", "carier")


def test_answers_of_programs() -> None:
    given = {"gives": {"state": "shipped", "n": 7}}
    assert cast(answers={"ask": "not_found", "support.ask": given}).answers == {
        "ask": ProgramAnswer(outcome="not_found"),
        "support.ask": ProgramAnswer(outcome=SUCCEEDS, values={"state": Secret("shipped"), "n": Secret("7")}),
    }
