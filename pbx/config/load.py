"""Reads a configuration folder: all of it, or all of its problems."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from pbx.config.check import check_tenant, not_said_yet
from pbx.config.check_certificates import check_certificates
from pbx.config.check_consent import below_the_law, consent_findings, unspoken
from pbx.config.check_credentials import check_credentials, guessable_accounts
from pbx.config.check_dated import outdated
from pbx.config.check_degradation import check_degradation
from pbx.config.check_emergency import unspoken_tests
from pbx.config.check_identity import check_identity
from pbx.config.check_languages import unsaid
from pbx.config.check_listeners import check_listeners
from pbx.config.check_metrics import check_metrics
from pbx.config.check_music import check_music
from pbx.config.check_plan_tests import doubtful_tests
from pbx.config.check_prompts import check_prompts
from pbx.config.check_remote import idle_remotes
from pbx.config.check_said import half_said
from pbx.config.check_spare_spool import useless_spare
from pbx.config.check_speech import unheard
from pbx.config.check_trunks import ambiguous_trunks, unheard_certificates
from pbx.config.check_webhook import check_webhook
from pbx.config.models import Configuration, PbxSettings, Tenant
from pbx.config.read import read_model
from pbx.config.retention import spans
from pbx.config.rule_file import configured, shipped, shipped_texts
from pbx.config.sources import TenantSource, read_tenant
from pbx.config.tenant import build_tenant
from pbx.config.transports import SipSettings
from pbx.config.trunks import WrittenOutbound, port_of
from pbx.config.voices import voices
from pbx.consent.rules import ConsentRules
from pbx.core.errors import ConfigError
from pbx.sip.media_peers import is_lab

SIP_PORT_VARIABLE = "PBX_SIP_PORT"
MAX_TENANTS = 500  # one cell; more tenants are more cells


class ConfigProblems(Exception):
    """Everything an admin has to correct, by file and line; `findings` are warnings that come along."""

    def __init__(self, errors: tuple[ConfigError, ...], findings: tuple[ConfigError, ...] = ()) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors
        self.findings = findings

    @property
    def warnings(self) -> tuple[str, ...]:
        """The findings as lines."""
        return tuple(map(str, self.findings))


def load(
    directory: Path, environ: Mapping[str, str] | None = None, now: datetime | None = None
) -> Configuration:
    """Return the configuration in `directory`; ConfigProblems names every mistake of every file.

    `environ` may hold PBX_SIP_PORT. Only with `now` what has expired is told. Relative paths of `pbx.yaml`
    are left for the caller to resolve.
    """
    label = directory.name or str(directory)
    pbx, errors = read_model(directory / "pbx.yaml", f"{label}/pbx.yaml", PbxSettings)
    settings, port_errors = _with_environment(pbx.model if pbx else PbxSettings(), environ or {})
    errors = errors + port_errors
    warnings: list[ConfigError] = []
    sources: list[TenantSource] = []
    for folder in _tenant_folders(directory):
        source, read_errors = read_tenant(folder, f"{label}/{folder.name}")
        check_errors, check_warnings = check_tenant(source)
        check_errors = check_errors + check_identity(source, settings.stir)
        prompt_errors = check_prompts(source, settings.speech.engine) + check_music(source)
        errors = errors + read_errors + not_said_yet(check_errors + prompt_errors, read_errors)
        warnings += check_warnings
        sources.append(source)
    errors += _none_or_too_many(label, len(sources))
    tls_errors, tls_warnings = check_certificates(directory.parent, pbx, sources, now)
    errors, warnings = errors + tls_errors, warnings + tls_warnings + consent_findings(sources, now)
    spoken = voices(settings.speech, environ or {})
    warnings += unspoken(sources, shipped_texts(), spoken) + half_said(sources, spoken)
    rules, rule_errors = _rules(directory.parent, settings)
    errors += rule_errors + below_the_law(sources, rules)
    errors += check_credentials(directory.parent, pbx, sources)
    if pbx is not None:
        errors += check_listeners(pbx, has_certificate=any(map(_brings_certificate, sources)))
        has_listener = any(one.transport in ("tls", "wss") for one in pbx.model.sip.listeners)
        errors += unheard_certificates(sources, has_listener=has_listener)
        errors += check_webhook(directory.parent, pbx)
        errors += check_metrics(pbx, settings) + check_degradation(pbx, sources)
    errors += _conflicts(sources) + _unsendable(sources, settings.sip)
    if not is_lab(settings.rtp.host):
        warnings += guessable_accounts(directory.parent, sources)
    if pbx is not None:
        warnings += idle_remotes(pbx, sources) + useless_spare(directory.parent, pbx)
    warnings += unheard(sources, settings.speech) + unsaid(sources, spoken, settings.speech.engine)
    warnings += outdated(sources, rules, settings.consent, now) + unspoken_tests(
        sources, settings.speech.engine
    )
    # What a mistake of the plan takes from its tests is no second mistake.
    findings = tuple(sorted([*warnings, *([] if errors else doubtful_tests(sources))], key=_place))
    if errors:
        raise ConfigProblems(tuple(sorted(errors, key=_place)), findings)
    tenants: dict[str, Tenant] = {}
    law = spans(rules)
    for source in sources:
        tenant = replace(build_tenant(source), kept_by_law=law)
        tenants[tenant.name] = tenant
    return Configuration(pbx=settings, tenants=tenants, rules=rules, voices=spoken, findings=findings)


def _none_or_too_many(label: str, n_tenants: int) -> list[ConfigError]:
    if not n_tenants:
        message, hint = "there is no folder with a tenant.yaml", "`pbx init` writes a first one"
        return [ConfigError(label, 1, 1, "", message, hint)]
    if n_tenants > MAX_TENANTS:
        return [ConfigError(label, 1, 1, "", f"there are more than {MAX_TENANTS} tenants")]
    return []


def _rules(base: Path, settings: PbxSettings) -> tuple[ConsentRules, list[ConfigError]]:
    """The rules of recording; where an operator's own are wrong, those of the product for further checks."""
    try:
        return configured(base, settings.consent), []
    except ConfigError as error:
        return shipped(), [error]


def _place(error: ConfigError) -> tuple[str, int, int, str]:
    return error.file, error.line, error.column, error.message


def _tenant_folders(directory: Path) -> list[Path]:
    return sorted(file.parent for file in directory.glob("*/tenant.yaml"))[: MAX_TENANTS + 1]


def _with_environment(
    settings: PbxSettings, environ: Mapping[str, str]
) -> tuple[PbxSettings, list[ConfigError]]:
    text = environ.get(SIP_PORT_VARIABLE, "")
    if not text:
        return settings, []
    try:
        port = int(text) if text.isascii() and text.isdigit() else text
        checked = SipSettings.model_validate({"port": port})
    except ValidationError:
        return settings, [ConfigError(SIP_PORT_VARIABLE, 1, 1, "", f"{text!r} is not a port (1 to 65535)")]
    sip = settings.sip.model_copy(update={"port": checked.port})
    return settings.model_copy(update={"sip": sip}), []


def _conflicts(sources: list[TenantSource]) -> list[ConfigError]:
    """A domain or a carrier's address that two tenants claim would make every call a guess."""
    errors: list[ConfigError] = []
    domains: dict[str, str] = {}
    for source in sources:
        if source.settings is None:
            continue
        domain, document = source.settings.model.domain, source.settings.document
        if domain in domains:
            hint = f"see {domains[domain]}"
            errors.append(document.error(("domain",), f"two tenants have the domain {domain}", hint))
        domains.setdefault(domain, document.place(("domain",)))
    return errors + ambiguous_trunks(sources)


def _brings_certificate(source: TenantSource) -> bool:
    return source.settings is not None and source.settings.model.certificate is not None


def _goes_by_udp(outbound: WrittenOutbound) -> bool:
    """Whether calls leave by UDP; for a name without port DNS chooses among what there is."""
    return outbound.transport == "udp" or (outbound.transport is None and port_of(outbound) != 0)


def _unsendable(sources: list[TenantSource], sip: SipSettings) -> list[ConfigError]:
    """Trunks over UDP need its socket, which is not opened; TCP is dialled without one that listens."""
    if "udp" in sip.transports or any(one.transport == "udp" for one in sip.listeners):
        return []
    return [
        source.trunks.document.error(
            ("trunks", name, "outbound"),
            "calls go out by udp, and sip.transports of pbx.yaml does not name it",
        )
        for source in sources
        if source.trunks is not None
        for name, trunk in source.trunks.model.trunks.items()
        if trunk.outbound is not None and _goes_by_udp(trunk.outbound)
    ]
