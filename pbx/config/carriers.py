"""Carriers of the configuration as their client sees them: accounts, whom to register with and to watch."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pbx.config.credentials import read_secret
from pbx.config.models import Configuration, Tenant, Trunk
from pbx.config.places import Places
from pbx.core.address import Address
from pbx.core.secret import Secret
from pbx.sip.credentials import DigestCredentials
from pbx.sip.locate.rules import ServerName
from pbx.sip.trunk.effects import Carrier, HealthWish, RegistrationWish, ServeTrunks

Accounts = Mapping[str, DigestCredentials]  # by `tenant/trunk`, or tenant and URI of a recorder
Lines = Mapping[str, str]  # tokens of registrations, by `tenant/trunk`


def accounts_of(config: Configuration, places: Places) -> dict[str, DigestCredentials]:
    """Our accounts at carriers and recorders; ConfigError for a password that cannot be read."""
    return _trunk_accounts(config, places) | _recorder_accounts(config, places)


def _trunk_accounts(config: Configuration, places: Places) -> dict[str, DigestCredentials]:
    return {
        f"{tenant.name}/{trunk.name}": DigestCredentials(
            username=trunk.account.user,
            password=read_secret(places.resolve(trunk.account.secret_file)),
            realm=trunk.account.realm,
        )
        for tenant in config.tenants.values()
        for trunk in tenant.trunks.values()
        if trunk.account is not None
    }


def _recorder_accounts(config: Configuration, places: Places) -> dict[str, DigestCredentials]:
    return {
        one.key(tenant.name): DigestCredentials(
            username=one.account.user,
            password=read_secret(places.resolve(one.account.secret_file)),
            realm=one.realm,
        )
        for tenant in config.tenants.values()
        for one in (tenant.recording.siprec.servers if tenant.recording.siprec is not None else ())
        if one.account is not None
    }


def devices(config: Configuration) -> list[str]:
    """Everybody with a secret of our making: `tenant/extension`, digest users and lines of trunks."""
    names: list[str] = []
    for tenant in config.tenants.values():
        names += [f"{tenant.name}/{number}" for number in tenant.extensions]
        names += [f"{tenant.name}/{user}" for user in trunk_users(tenant)]
        names += [line_of(tenant, trunk) for trunk in tenant.trunks.values() if trunk.identify.line]
    return names


def trunk_users(tenant: Tenant) -> list[str]:
    """The digest users of carriers that prove themselves to us."""
    return [trunk.identify.user for trunk in tenant.trunks.values() if trunk.identify.user]


def line_of(tenant: Tenant, trunk: Trunk) -> str:
    """What the token of a trunk's registration is called among the secrets; it outlives a restart."""
    return f"{tenant.name}/{trunk.name}/line"


def line_token(secrets: dict[str, Secret[str]], tenant: Tenant, trunk: Trunk) -> str:
    """The token of a trunk's registration, "" = none."""
    return secrets[line_of(tenant, trunk)].reveal() if trunk.identify.line else ""


def trunks_of(config: Configuration, accounts: Accounts, secrets: dict[str, Secret[str]]) -> ServeTrunks:
    """Whom to register with and to watch."""
    lines = {
        f"{tenant.name}/{trunk.name}": line_token(secrets, tenant, trunk)
        for tenant in config.tenants.values()
        for trunk in tenant.trunks.values()
    }
    return serve_trunks(config, accounts, lines)


def serve_trunks(config: Configuration, accounts: Accounts, lines: Lines) -> ServeTrunks:
    """Return the order to serve every trunk that we register with or watch."""
    carriers = (
        carrier
        for tenant in config.tenants.values()
        for trunk in tenant.trunks.values()
        for carrier in _carrier(tenant, trunk, accounts, lines)
    )
    return ServeTrunks(carriers=tuple(carriers))


def server_of(trunk: Trunk, outbound: Address) -> ServerName:
    """Return what is looked up to reach a trunk; an address is its own answer."""
    address = ServerName(host=outbound.host, port=outbound.port, transport=trunk.transport)
    return replace(trunk.server or address, proves=trunk.tls_name)


def _carrier(tenant: Tenant, trunk: Trunk, accounts: Accounts, lines: Lines) -> Iterator[Carrier]:
    if trunk.outbound is None or (trunk.registration is None and trunk.health is None):
        return
    key = f"{tenant.name}/{trunk.name}"
    yield Carrier(
        tenant=tenant.name,
        name=trunk.name,
        server=server_of(trunk, trunk.outbound),
        account=accounts.get(key),
        registration=_registration(trunk, lines.get(key, "")),
        health=_health(trunk),
    )


def _registration(trunk: Trunk, line: str) -> RegistrationWish | None:
    wish, account = trunk.registration, trunk.account
    if wish is None or account is None:
        return None
    return RegistrationWish(aor=f"sip:{account.user}@{wish.domain}", expires_s=wish.expires_s, line=line)


def _health(trunk: Trunk) -> HealthWish | None:
    health = trunk.health
    if health is None:
        return None
    return HealthWish(
        interval_s=health.interval_s,
        timeout_s=health.timeout_s,
        down_after=health.down_after,
        up_after=health.up_after,
    )
