"""What leaves the PBX by `pbx recordings` and stays in the house: for a configured purpose only (D-12)."""

from dataclasses import replace

from pbx.cli.output import Refusal, complain
from pbx.cli.site import Site
from pbx.core.io.clock import utc_now
from pbx.lifecycle.access import Access
from pbx.lifecycle.internal import HOUSE, NOT_INTERNAL
from pbx.store.accesses import AccessStore
from pbx.store.database import Database


async def internal(place: Site, database: Database, access: Access) -> Access:
    """Return the access with the purpose of the house that lets it leave; Refusal, on the record, without."""
    if not access.needs_internal:
        return access
    tenant = place.configuration.tenants.get(access.tenant)
    house = tenant.internal if tenant is not None else HOUSE
    access = replace(access, internal=house.named(access.purpose))
    if not access.internal:
        await AccessStore(database).refuse(access, f"access:{NOT_INTERNAL}", utc_now())
        raise Refusal(house.remedy)
    return access


def say_internal(purpose: str) -> None:
    """Tell whoever has a file or a link now where it must not go by itself."""
    complain(f"internal export ({purpose}): to a third party it goes by `pbx recordings disclose`")
