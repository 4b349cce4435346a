"""`pbx privacy person`: what is kept of a person besides recordings, as one file (UK GDPR 15, 20)."""

import json
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import Refusal, details
from pbx.cli.recording_copy import write_octets
from pbx.cli.recording_disclosure import Approver, Reference
from pbx.cli.recording_life import word
from pbx.cli.recordings import Out
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, site
from pbx.cli.vault import actor
from pbx.core.audit import AuditFact
from pbx.core.io.clock import utc_now
from pbx.core.phone import to_e164
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.person_data import Asking, PersonData

Number = Annotated[str, Parameter(name="--number", help="His number, or his extension.")]
Customer = Annotated[
    str, Parameter(name="--customer", help="Which one, where several customers have the number.")
]
Document = Annotated[Path, Parameter(name="--request", help="His request as a file: its hash is kept.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """The person."""

    number: Number
    customer: Customer = ""
    tenant: TenantName = ""


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is put on record before anything is written."""

    request: Document
    reference: Reference
    approver: Approver


async def person(
    *, whom: Whom, answer: Answer, out: Out, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Give a person what is kept of him besides recordings: customer file, calls, verifications, consents."""
    if out.exists():
        raise Refusal(f"{out} exists already")
    document = sha256(answer.request.read_bytes()).hexdigest()
    place = site(config)
    async with place.database() as database:
        octets = await records_of(place, database, whom)
        said: dict[str, str | int | bool | None] = {
            "actor": actor(),
            "approver": word("--approver", answer.approver),
            "reference": word("--reference", answer.reference),
            "document_sha256": document,
            "sha256": sha256(octets).hexdigest(),
        }
        fact = AuditFact(kind="privacy.person_given", tenant=place.tenant(whom.tenant).name, details=said)
        await AuditStore(database).append(fact, utc_now())
    await write_octets(out, octets)
    details({"out": out, "size": len(octets), "sha256": said["sha256"]}, as_json=as_json)


async def records_of(place: Site, database: Database, whom: Whom) -> bytes:
    """Return the file: JSON; Refusal when it would be of two people, or the customer has another number."""
    tenant = place.tenant(whom.tenant)
    who = Asking(
        tenant=tenant.name,
        number=to_e164(whom.number, tenant.country) or whom.number,
        region=tenant.country,
        customer=whom.customer,
    )
    data = PersonData(database, place.store_keys())
    customers = await data.customers(who)
    if len(customers) > 1:
        raise Refusal(f"{len(customers)} customers have this number: say which one asks with --customer")
    if whom.customer and not customers:
        raise Refusal(f"{whom.customer} is no customer with this number")
    return (json.dumps(await data.collect(who), indent=1, default=_text) + "\n").encode()


def _text(value: object) -> str:
    assert isinstance(value, date), "days and times are the only values that JSON does not know"
    return value.isoformat()
