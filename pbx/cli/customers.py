"""`pbx customers`: import the customer file, find who has a number."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pbx.assembly.customers import alarm_of
from pbx.cli.output import DONE, REFUSED, Refusal, complain, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, TenantName, edited
from pbx.core.io.alarms import AlarmFolder
from pbx.core.phone import to_e164
from pbx.store.customers import CustomerStore

app = App(name="customers", help="Customers that callers are verified against.")
_COLUMNS = ("ref", "entity_type", "name", "flags")
Accept = Annotated[
    bool,
    Parameter(
        name="--accept-removals", negative=(), help="Also when more than a fifth of the customers would end."
    ),
]


@app.command(name="import")
async def import_file(
    file: Path,
    /,
    *,
    tenant: TenantName = "",
    accept_removals: Accept = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Make the customers what a CSV file says: who is not in it verifies nobody any more.

    Wrong lines are named and left out, and the exit code is then 1.
    """
    place = edited(config)
    chosen = place.tenant(tenant)
    async with place.new_database() as database:
        store = CustomerStore(database, place.store_keys())
        report = await store.import_csv(chosen.name, chosen.country, file, accept_removals=accept_removals)
    for line, problem in report.problems:
        complain(f"{file}:{line}: {problem}")
    if report.refused:
        raise Refusal(f"{file}: {report.refusal}; --accept-removals if that is right")
    AlarmFolder(place.places.alarms).settle(alarm_of(chosen.name), "")
    if report.unbound:
        complain(f"{file}: {report.unbound} rows have a number that was rectified; it is left out of them")
    print(f"imported {report.imported}, left out {len(report.problems)}, ended {report.ended}")
    return REFUSED if report.problems else DONE


@app.command
async def find(
    number: str, /, *, tenant: TenantName = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """List the customers with a telephone number."""
    place = edited(config)
    chosen = place.tenant(tenant)
    e164 = to_e164(number, chosen.country)
    if e164 is None:
        raise Refusal(f"{number} is not a telephone number in {chosen.country}")
    async with place.database() as database:
        found = await CustomerStore(database, place.store_keys()).find(chosen.name, e164)
    if not found and not as_json:
        raise Refusal(f"no customer of {chosen.name} has this number")
    listing([fields(view) for view in found], _COLUMNS, as_json=as_json)
