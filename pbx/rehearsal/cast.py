"""Cast: a test as it is written, as the scenario that a rehearsal plays."""

from datetime import UTC
from zoneinfo import ZoneInfo

from pbx.config.customers import OnOutage
from pbx.config.models import Tenant
from pbx.config.plan_tests import WITHHELD, PlanTest, WrittenAnswer, WrittenCustomer, WrittenPhone
from pbx.core.secret import Secret
from pbx.dialplan.numbers import full_number
from pbx.ivr.program_steps import ProgramAnswer
from pbx.rehearsal.programs import SUCCEEDS
from pbx.rehearsal.scenario import SILENT, Person, Phone, Reply, Scenario
from pbx.sip.events import DeviceOrigin, Origin, TrunkOrigin
from pbx.sip.stir.condition import Attestation, VerdictWord
from pbx.sip.stir.verdict import Status, StirVerdict

_STATUSES = {"passed": Status.PASSED, "failed": Status.FAILED, "none": Status.NONE}


def scenario_of(test: PlanTest, tenant: Tenant) -> Scenario:
    """Return the call of a test that was checked against its tenant."""
    written = test.written
    origin, number = caller_of(tenant, written.caller, written.via)
    return Scenario(
        tenant=tenant.name,
        origin=origin,
        number=number,
        called=written.called,
        at=written.at.replace(tzinfo=ZoneInfo(tenant.timezone)).astimezone(UTC),
        verdict=verdict_of(written.verdict, written.attestation),
        replies=tuple(
            Reply(keys=one.press or "", words=one.say or "", to=one.to or "", during=one.during)
            for one in written.replies
        ),
        phones={party_of(tenant, name): _phone(one) for name, one in written.phones.items()},
        talks_s=written.talks,
        gives_up_s=written.gives_up,
        code=written.code or "",
        people=tuple(_person(name, one, tenant.country) for name, one in test.customers.items()),
        answers={step: _answer(one) for step, one in written.answers.items()},
        has_database=written.database == "up",
        outage=outage_of(tenant) if written.customers == "down" else None,
        has_room=written.spool == "up",
    )


def outage_of(tenant: Tenant) -> OnOutage | None:
    """What is done when the servers of a tenant do not answer; None = he has none."""
    return tenant.asked.on_outage if tenant.asked.sources else None


def strangers(test: PlanTest, tenant: Tenant) -> tuple[str, ...]:
    """Return who is named in a test and is not there any more."""
    written, caller = test.written, test.written.caller
    is_known = (
        caller == WITHHELD or _is_ours(caller, tenant) or full_number(caller, tenant.country) is not None
    )
    named = [*written.phones, *([written.via] if written.via is not None else [])]
    return (*(() if is_known else (caller,)), *(name for name in named if not _is_ours(name, tenant)))


def _is_ours(name: str, tenant: Tenant) -> bool:
    return name in tenant.extensions or name in tenant.trunks


def caller_of(tenant: Tenant, caller: str, via: str | None = None) -> tuple[Origin, str]:
    """Return by which way somebody calls, and his number as presented: an extension of ours, else a trunk."""
    if caller in tenant.extensions:
        return DeviceOrigin(tenant=tenant.name, extension=caller), caller
    trunk = via or next(iter(tenant.trunks), "")
    number = "" if caller == WITHHELD else full_number(caller, tenant.country) or caller
    return TrunkOrigin(tenant=tenant.name, trunk=trunk), number


def party_of(tenant: Tenant, name: str) -> str:
    """Return `extension/1001` or `trunk/carrier`."""
    return f"extension/{name}" if name in tenant.extensions else f"trunk/{name}"


def verdict_of(word: VerdictWord | None, attestation: Attestation | None) -> StirVerdict | None:
    """Return the verdict on the calling number; an attestation means a signature that holds."""
    word = "passed" if attestation is not None else word
    return StirVerdict(status=_STATUSES[word], attestation=attestation or "") if word is not None else None


def _phone(written: WrittenPhone) -> Phone:
    return Phone(
        answers_s=written.answers,
        hangs_up_s=written.hangs_up,
        refuses=written.refuses or 0,
        after_s=written.after if written.after is not None else SILENT.after_s,
        is_away=written.away,
        presses=written.presses or "",
    )


def _answer(written: WrittenAnswer) -> ProgramAnswer:
    values = {name: Secret(text) for name, text in written.gives.items()}
    return ProgramAnswer(outcome=written.outcome or SUCCEEDS, values=values)


def _person(name: str, written: WrittenCustomer, country: str) -> Person:
    born, account = written.date_of_birth, written.account_number
    return Person(
        customer=name,
        number=full_number(written.phone, country) or written.phone,
        date_of_birth=Secret(born) if born is not None else None,
        account_number=Secret(account) if account is not None else None,
        is_company=written.company,
    )
