"""Privacy policies as configured: kept before a call can name them."""

from pbx.config.models import Configuration, Tenant
from pbx.core.errors import ConfigError
from pbx.core.io.clock import utc_now
from pbx.store.policies import PolicyStore

REMEDY = "give the new text a version of its own; `pbx consents policy show` has the old one"


async def keep_policies(config: Configuration, store: PolicyStore) -> None:
    """Keep the versions that are new; ConfigError for one whose text was changed, StorageError."""
    for tenant in config.tenants.values():
        if tenant.privacy is not None and not await store.keep(tenant.name, tenant.privacy, utc_now()):
            raise _changed(tenant)


def _changed(tenant: Tenant) -> ConfigError:
    """What people were told under one version stays what it was."""
    version = tenant.privacy.version if tenant.privacy is not None else ""
    message = f"version {version} of the privacy policy has another text already"
    return ConfigError(f"{tenant.name}/tenant.yaml", 1, 1, "privacy.version", message, REMEDY)
