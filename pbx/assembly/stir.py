"""Who signs our calls, and whose signatures count (RFC 8224)."""

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from pbx.config.credentials import read_anchors, read_signing_key
from pbx.config.identity import SigningSettings
from pbx.config.models import Configuration, Tenant
from pbx.config.places import Places
from pbx.core.phone import full_number
from pbx.sip.stir.io.verifier import TrustSettings
from pbx.sip.stir.signer import AttestationPolicy, Signer, origid_of


def signers_of(config: Configuration, places: Places) -> dict[str, Signer]:
    """Who signs calls, by tenant; ConfigError for a key that cannot be used."""
    return {
        tenant.name: _signer(tenant, tenant.stir, read_signing_key(places.resolve(tenant.stir.key_file)))
        for tenant in config.tenants.values()
        if tenant.stir is not None
    }


def _signer(tenant: Tenant, stir: SigningSettings, key: EllipticCurvePrivateKey) -> Signer:
    own = (*tenant.dids, *(full_number(number, tenant.country) or "" for number in stir.own))
    levels = {full_number(number, tenant.country) or "": level for number, level in stir.levels.items()}
    policy = AttestationPolicy(
        own=frozenset(number.removeprefix("+") for number in own),
        levels={number.removeprefix("+"): level for number, level in levels.items()},
        known=stir.known,
        gateway=stir.gateway,
    )
    return Signer(
        key=key, x5u=stir.certificate_url, origid=stir.origid or origid_of(tenant.domain), policy=policy
    )


def trust_of(config: Configuration, places: Places) -> TrustSettings:
    """Whose certificates count; ConfigError for a list that cannot be used."""
    stir = config.pbx.stir
    anchors = read_anchors(places.resolve(stir.trust_anchors)) if stir.trust_anchors is not None else ()
    issuers = read_anchors(places.resolve(stir.crl_issuers)) if stir.crl_issuers is not None else ()
    return TrustSettings(anchors=anchors, hosts=stir.hosts, revocation=stir.revocation, crl_issuers=issuers)
