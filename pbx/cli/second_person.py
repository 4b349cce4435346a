"""The consent of a second person to what the PBX's own user does with `pbx recordings` (D-11)."""

import os
from dataclasses import replace

from pbx.cli.output import Refusal
from pbx.cli.site import Site
from pbx.core.io.clock import utc_now
from pbx.lifecycle.access import Access
from pbx.lifecycle.approval import ONE_IS_ENOUGH
from pbx.lifecycle.io.archive import wish_of
from pbx.store.accesses import AccessStore
from pbx.store.approvals import MAX_PENDING, ApprovalStore
from pbx.store.database import Database


async def seconded(place: Site, database: Database, access: Access) -> Access:
    """Return the access, with the request that was granted where one is needed; Refusal as long as none is.

    Whoever is this user can read the keys as well: it is a rule for who keeps to rules, and on the record.
    """
    tenant = place.configuration.tenants.get(access.tenant)
    rule = tenant.four_eyes if tenant is not None else ONE_IS_ENOUGH
    if not rule.asks("operator", access.purpose):
        return access
    now, uid, approvals = utc_now(), os.getuid(), ApprovalStore(database)
    granted = await approvals.grant(uid, access.recording, access.purpose, now)
    if granted is not None:
        return replace(access, request=granted.request)
    await AccessStore(database).refuse(access, "access:second_person", now)
    asked = await approvals.ask(wish_of(access, uid, now))
    if asked is None:
        raise Refusal(f"{MAX_PENDING} requests of yours wait for a second person")
    raise Refusal(f"a second person has to approve it: request {asked.request} waits, see `pbx access`")
