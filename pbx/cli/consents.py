"""`pbx consents`: what each party was told and answered."""

from cyclopts import App

from pbx.call.record import ConsentRecord
from pbx.cli.output import Refusal, details, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Limit, site
from pbx.store.consents import ConsentStore

app = App(name="consents", help="Consents to recording, written once.")
_COLUMNS = ("consent", "at", "call", "party", "mode", "state")


@app.default
@app.command(name="list")
async def list_consents(*, limit: Limit = 25, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the newest consents."""
    async with site(config).database() as database:
        records = await ConsentStore(database).list(limit)
    listing([_row(record) for record in records], _COLUMNS, as_json=as_json)


@app.command
async def show(consent: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Show one consent with its proof."""
    async with site(config).database() as database:
        record = await ConsentStore(database).get(consent)
    if record is None:
        raise Refusal(f"no consent {consent}")
    details(_row(record), as_json=as_json)


def _row(record: ConsentRecord) -> dict[str, object]:
    """The record and its proof on one level, the decision beside."""
    proof = fields(record.proof, "decision")
    return {
        **fields(record, "proof"),
        **proof,
        "mode": record.proof.decision.mode,
        "decision": fields(record.proof.decision),
    }
