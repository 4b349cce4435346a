"""`pbx consents`: what each party was told and answered, and who has taken it back."""

from typing import Annotated

from cyclopts import App, Parameter

from pbx.call.record import ConsentRecord
from pbx.cli.consent_override import app as override
from pbx.cli.consent_policy import app as policy
from pbx.cli.consent_rules import explain, list_rules
from pbx.cli.control import withdraw_consent
from pbx.cli.output import Refusal, details, fields, listing, print_json
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Limit, TenantName, site
from pbx.cli.vault import actor
from pbx.core.io.clock import utc_now
from pbx.core.phone import to_e164
from pbx.store.consents import ConsentStore
from pbx.store.refusals import RefusalStore
from pbx.store.retained import RetainedStore

app = App(name="consents", help="Consents to recording, written once.")
app.command(explain)
app.command(override)
app.command(policy)
app.command(list_rules, name="rules")
_COLUMNS = ("consent", "at", "call", "party", "mode", "state", "act")
_REFUSED_COLUMNS = ("tag", "since_at", "tenant", "call", "consent")
TAG_BYTES = 16
Leg = Annotated[str, Parameter(name="--leg", help="Whose; needed when it is not clear who is meant.")]
Reason = Annotated[str, Parameter(name="--reason", help="Why; kept in the audit log.")]


@app.default
@app.command(name="list")
async def list_consents(*, limit: Limit = 25, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the newest consents."""
    async with site(config).database() as database:
        records = await ConsentStore(database).list(limit)
    listing([_row(record) for record in records], _COLUMNS, as_json=as_json)


@app.command
async def show(consent: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Show one consent with its proof, and the recordings of its call that are stored."""
    async with site(config).database() as database:
        record = await ConsentStore(database).get(consent)
        if record is None:
            raise Refusal(f"no consent {consent}")
        recordings = await RetainedStore(database).of_call(record.call)
    row = _row(record) | {"recordings": recordings}
    if not as_json:  # its reasons fill the screen
        row["decision"] = fields(record.proof.decision, "trace")
    details(row, as_json=as_json)


@app.command
async def withdraw(
    call: str,
    /,
    *,
    leg: Leg = "",
    reason: Reason = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Keep nothing more of the party from outside in a call in progress, and remember its number."""
    live = await withdraw_consent(site(config).places, call, leg, reason)
    if as_json:
        print_json(fields(live))
    else:
        print(f"{live.call}: nothing more is kept of {', '.join(live.refused)}")


@app.command
async def refusals(*, limit: Limit = 25, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the numbers that do not want to be recorded, as tags: no number can be read from one."""
    place = site(config)
    async with place.database() as database:
        found = await RefusalStore(database, place.store_keys()).list(limit)
    listing([fields(one) for one in found], _REFUSED_COLUMNS, as_json=as_json)


@app.command
async def forget(
    number: str, /, *, reason: Reason, tenant: TenantName = "", config: ConfigDir = CONFIG
) -> None:
    """Ask a number again: who has it wants to be recorded after all. A tag of `refusals` will do."""
    place = site(config)
    async with place.database() as database:
        store = RefusalStore(database, place.store_keys())
        tag = _tag(number)
        if tag is None:
            chosen = place.tenant(tenant)
            e164 = to_e164(number, chosen.country)
            if e164 is None:
                raise Refusal(f"{number} is not a telephone number in {chosen.country}, nor a tag")
            tag = store.tag(chosen.name, e164)
        if not await store.forget(tag, f"operator/{actor()}", reason, utc_now()):
            raise Refusal("this number does not refuse: see `pbx consents refusals`")
    print("forgotten: the next call from this number is told or asked as any other")


def _tag(word: str) -> bytes | None:
    try:
        tag = bytes.fromhex(word)
    except ValueError:
        return None
    return tag if len(tag) == TAG_BYTES and " " not in word else None


def _row(record: ConsentRecord) -> dict[str, object]:
    """The record and its proof on one level, the decision beside."""
    proof = fields(record.proof, "decision")
    return {
        **fields(record, "proof"),
        **proof,
        "mode": record.proof.decision.mode,
        "decision": fields(record.proof.decision),
    }
