"""Facts of record of the recordings of prompts: which file says what from now on, and who had it so."""

from pathlib import Path

from sqlalchemy.engine import make_url

from pbx.cli.site import OpenDatabase
from pbx.cli.vault import actor
from pbx.config.models import PbxSettings
from pbx.config.places import Places
from pbx.core.audit import AuditFact
from pbx.core.io.clock import utc_now
from pbx.store.audit import AuditStore


async def noted(places: Places, settings: PbxSettings, fact: AuditFact) -> bool:
    """Write a fact down; False = no PBX has run here yet, so there is no log. StorageError."""
    url = places.database_url(settings)
    file = make_url(url).database
    if url.startswith("sqlite") and not (file and Path(file).is_file()):
        return False
    told = fact.details | {"actor": f"operator/{actor()}"}
    async with OpenDatabase(url) as database:
        await AuditStore(database).append(
            AuditFact(kind=fact.kind, tenant=fact.tenant, details=told), utc_now()
        )
    return True
