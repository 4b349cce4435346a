"""`pbx explain --call`: what happened to a call that was made, of what is kept of it."""

from dataclasses import asdict

from pbx.cli.output import Refusal, print_json
from pbx.cli.plan_tests import indented
from pbx.cli.site import Site
from pbx.rehearsal.kept import kept_story
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore


async def explain_kept(place: Site, call: str, *, as_json: bool) -> None:
    """Print the story of a call by its id; Refusal when there is none."""
    async with place.database() as database:
        record = await CallStore(database, place.store_keys()).get(call)
        if record is None:
            raise Refusal(f"no call {call}: pbx calls list has their ids")
        consents = await ConsentStore(database).of_call(call)
        facts = await AuditStore(database).of_call(call)
    story = kept_story(record, consents, facts)
    if as_json:
        print_json({"tenant": record.tenant, "call": call, "story": [asdict(one) for one in story]})
        return
    for line in story:
        print(indented(str(line)))
