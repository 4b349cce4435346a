"""Privacy policies as configured: kept before a call can name them."""

from pbx.config.models import Configuration
from pbx.core.errors import ConfigError
from pbx.core.io.clock import utc_now
from pbx.store.policies import PolicyStore

REMEDY = "give the text a version of its own; `pbx consents policy list` has those that were"


async def keep_policies(config: Configuration, store: PolicyStore) -> None:
    """Keep the versions that are new; ConfigError for one that cannot come in force, StorageError."""
    for tenant in config.tenants.values():
        why = await store.keep(tenant.name, tenant.privacy, utc_now()) if tenant.privacy is not None else ""
        if why:
            raise ConfigError(f"{tenant.name}/tenant.yaml", 1, 1, "privacy.version", why, REMEDY)
