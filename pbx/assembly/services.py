"""The services that a runner performs effects with, built once when the process starts."""

from pbx.assembly.service_files import ServiceFiles
from pbx.runner.bindings import BindingLedger
from pbx.runner.code_desk import CodeDesk
from pbx.runner.errands import Services
from pbx.runner.ledger import Ledger
from pbx.runner.lookups import Lookups
from pbx.runner.mailboxes import Mailboxes
from pbx.sip.stir.io.verifier import Verifier
from pbx.store.bindings import BindingStore
from pbx.store.codes import CodeStore
from pbx.store.customer_cache import CustomerCache
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from pbx.store.messages import MessageStore


async def services_of(files: ServiceFiles, database: Database, keys: StoreKeys, ledger: Ledger) -> Services:
    """Return them, by what the files say; StorageError."""
    services = Services(
        prompts=files.libraries,
        identities=IdentityStore(database, keys),
        ledger=ledger,
        mailboxes=Mailboxes(MessageStore(database)),
        verifier=Verifier(trust=files.trust),
        bindings=BindingLedger(BindingStore(database)),
        lookups=Lookups(cache=CustomerCache(database, keys)),
        codes=CodeDesk(store=CodeStore(database, keys)),
    )
    await files.keep(services)
    files.swap(services)
    return services
