"""`pbx marketing`: who wants no marketing calls, who was screened, who has agreed, and who may be called."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from pbx.cli.marketing_why import list_rules, moment, opened, why
from pbx.cli.output import Refusal, complain, details, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Limit, TenantName, site
from pbx.cli.vault import actor
from pbx.config.models import Tenant
from pbx.core.audit import AuditFact
from pbx.core.ids import hex_id
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.core.phone import mask, to_e164
from pbx.marketing.effects import KeepContact, KeepStop
from pbx.store.audit import AuditStore
from pbx.store.screening_file import read_screening
from pbx.store.screenings import ScreeningStore
from pbx.store.suppressions import SuppressionStore

app = App(name="marketing", help="Marketing calls: who may be called, and who wants none.")
app.command(why)
app.command(list_rules, name="rules")
MAX_SHOWN = 10  # problems of a file
_COLUMNS = ("tag", "since_at", "controller", "how", "actor", "call", "campaign")
How = Annotated[
    Literal["operator", "sms", "email"], Parameter(name="--how", help="By which way the wish has come.")
]
Reason = Annotated[str, Parameter(name="--reason", help="For the audit log: a ticket, a date.")]
Proof = Annotated[str, Parameter(name="--proof", help="Where it is written that this person agreed.")]
Until = Annotated[str, Parameter(name="--until", help="When it ends, as 2027-06-30; else never.")]
Name = Annotated[str, Parameter(name="--list", help="The register, as the rules name it: tps, ctps, dnc.")]
At = Annotated[str, Parameter(name="--at", help="As of when, as 2026-11-29T10:00; else now.")]


@app.command(name="list")
async def list_suppressed(
    *, tenant: TenantName = "", limit: Limit = 25, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """List the numbers that want no marketing calls, as tags: no number can be read from one."""
    place = site(config)
    controller = place.tenant(tenant).marketing.controller if tenant else ""
    async with place.database() as database:
        found = await SuppressionStore(database, place.store_keys()).list(controller, limit)
    listing([fields(one) for one in found], _COLUMNS, as_json=as_json)


@app.command
async def stop(
    number: str,
    /,
    *,
    how: How = "operator",
    reason: Reason = "",
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Never call this number for marketing again: it wants so, by text message, e-mail or letter.

    That counts for every tenant of the same controller, within seconds, and cannot be taken back.
    """
    place = site(config)
    chosen = place.tenant(tenant)
    e164, now, who = _number(number, chosen), utc_now(), f"operator/{actor()}"
    policy = chosen.marketing
    wish = KeepStop(
        tenant=chosen.name,
        controller=policy.controller,
        number=e164,
        how=how,
        call="",
        campaign=policy.campaign,
        actor=who,
    )
    fact = _fact("marketing.opted_out", chosen, e164, how=how, actor=who, reason=reason)
    async with place.database() as database:
        is_news = await (await opened(database, place)).stop(wish, fact, now)
    said = {"number": mask(e164), "controller": policy.controller, "how": how, "was_known": not is_news}
    details(said, as_json=as_json)


@app.command
async def refused(
    number: str,
    /,
    *,
    reason: Reason = "",
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Note that a person said no in a call, where the rules let him rest after that (France: 60 days)."""
    place = site(config)
    chosen = place.tenant(tenant)
    e164, now = _number(number, chosen), utc_now()
    contact = KeepContact(
        contact=f"operator/{hex_id(SystemIds(), 8)}",
        tenant=chosen.name,
        controller=chosen.marketing.controller,
        number=e164,
        what="refused",
        at=now,
    )
    fact = _fact("marketing.refused", chosen, e164, actor=f"operator/{actor()}", reason=reason)
    async with place.database() as database:
        await (await opened(database, place)).contacted(contact, fact)
    details({"number": mask(e164), "refused_at": now}, as_json=as_json)


@app.command
async def consent(
    number: str,
    /,
    *,
    proof: Proof,
    until: Until = "",
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Note that a person has agreed to marketing calls of this controller; it undoes no opt-out."""
    place = site(config)
    chosen = place.tenant(tenant)
    e164, now, who = _number(number, chosen), utc_now(), f"operator/{actor()}"
    end = moment(until, chosen) if until else None
    if end is not None and end <= now:
        raise Refusal(f"--until {until} is over")
    if not proof.strip():
        raise Refusal("--proof: say where it is written, for example a form and its date")
    fact = _fact("marketing.agreed", chosen, e164, actor=who, proof=proof)
    whom = (chosen.marketing.controller, e164)
    async with place.database() as database:
        store = await opened(database, place)
        await ScreeningStore(database, place.store_keys()).agreed(whom, (proof, who), (now, end), fact)
        is_stopped = (await store.standing(store.tag(*whom))).is_stopped
    if is_stopped:
        complain("this number has opted out, and stays so: it is not called")
    details({"number": mask(e164), "controller": whom[0], "given_at": now, "until": end}, as_json=as_json)


@app.command
async def screen(
    file: Path,
    /,
    *,
    name: Name,
    at: At = "",
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Take the result of a screening: a CSV file with the header `number,registered` and yes or no."""
    place = site(config)
    chosen = place.tenant(tenant)
    now = utc_now()
    screened_at = moment(at, chosen) if at else now
    if screened_at > now:
        raise Refusal(f"--at {at} is yet to come")
    results, problems = read_screening(file, chosen.country)
    controller = chosen.marketing.controller
    async with place.database() as database:
        await opened(database, place)
        await ScreeningStore(database, place.store_keys()).screened(controller, name, results, screened_at)
        await AuditStore(database).append(_screened(chosen, name, len(results), screened_at), now)
    for line, problem in problems[:MAX_SHOWN]:
        complain(f"{file}:{line}: {problem}")
    said = {
        "list": name,
        "controller": controller,
        "screened_at": screened_at,
        "numbers": len(results),
        "registered": sum(one.registered for one in results),
        "left_out": len(problems),
    }
    details(said, as_json=as_json)
    return 1 if problems else 0


def _number(written: str, tenant: Tenant) -> str:
    e164 = to_e164(written, tenant.country)
    if e164 is None:
        raise Refusal(f"{written} is not a telephone number in {tenant.country}")
    return e164


def _fact(kind: str, tenant: Tenant, number: str, **said: str) -> AuditFact:
    words = {"number": mask(number), "controller": tenant.marketing.controller, **said}
    return AuditFact(kind=kind, tenant=tenant.name, details={**words})


def _screened(tenant: Tenant, name: str, n_numbers: int, at: datetime) -> AuditFact:
    said: dict[str, str | int | bool | None] = {"list": name, "numbers": n_numbers}
    said |= {
        "controller": tenant.marketing.controller,
        "as_of": at.isoformat(),
        "actor": f"operator/{actor()}",
    }
    return AuditFact(kind="marketing.screened", tenant=tenant.name, details=said)
