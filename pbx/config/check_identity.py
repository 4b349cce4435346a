"""Holds signing and verification of trunks against what they need elsewhere."""

from pbx.config.identity import StirTrust
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.core.phone import full_number


def check_identity(source: TenantSource, trust: StirTrust) -> list[ConfigError]:
    """Return what is asked for and cannot be done."""
    return [*_check_trunks(source, trust), *_check_numbers(source)]


def _check_trunks(source: TenantSource, trust: StirTrust) -> list[ConfigError]:
    if source.trunks is None or source.settings is None:
        return []
    document = source.trunks.document
    problems: list[ConfigError] = []
    for name, trunk in source.trunks.model.trunks.items():
        path = ("trunks", name, "identity")
        if trunk.identity.sign and source.settings.model.stir is None:
            problems.append(document.error((*path, "sign"), "there is no stir in tenant.yaml to sign with"))
        if trunk.identity.verify != "off" and trust.trust_anchors is None:
            message = "there are no stir.trust_anchors in pbx.yaml to verify with"
            problems.append(document.error((*path, "verify"), message))
        if trunk.identity.sign and trunk.outbound is None:
            problems.append(document.error((*path, "sign"), "no call goes out by this trunk"))
    return problems


def _check_numbers(source: TenantSource) -> list[ConfigError]:
    stir = source.settings.model.stir if source.settings is not None else None
    if source.settings is None or stir is None:
        return []
    document, country = source.settings.document, source.settings.model.country
    problems = [
        document.error(("stir", "own", i), f"{number} is not a telephone number")
        for i, number in enumerate(stir.own)
        if full_number(number, country) is None
    ]
    return problems + [
        document.key_error(("stir", "levels", number), f"{number} is not a telephone number")
        for number in stir.levels
        if full_number(number, country) is None
    ]
