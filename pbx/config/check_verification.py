"""Holds steps that have callers prove what they have against who would carry a code, or call them back."""

from pbx.config.marks import Document
from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.config.verification import VerificationSettings
from pbx.core.errors import ConfigError
from pbx.core.phone import full_number
from pbx.ivr.steps import StepUp

_FILE = "verification.yaml"
_CARRIER = ("nobody carries codes", "write sms or mail into verification.yaml")
_CALLER = ("nobody is called back", "write call_back into verification.yaml")


def check_verification(source: TenantSource) -> list[ConfigError]:
    """Return the steps that could never send a code, or call anybody, and a trunk that takes no call out."""
    if _FILE in source.broken:
        return []
    written = source.verification.model if source.verification is not None else VerificationSettings()
    missing: dict[str, tuple[str, str]] = {}
    if written.sms is None and written.mail is None:
        missing["one_time_code"] = _CARRIER
    if written.call_back is None:
        missing["call_back"] = _CALLER
    problems = [
        flow.file.document.error(("steps", name, "step_up", "by"), *missing[way])
        for flow in source.flows
        for name, step in flow.plan.steps.items()
        if isinstance(step, StepUp)
        for way in step.ways
        if way in missing
    ]
    return [*problems, *_check_notice(source), *_check_call_back(source)]


def _check_notice(source: TenantSource) -> list[ConfigError]:
    written = source.verification
    if written is None or written.model.owner_notice == "never":
        return []
    if written.model.sms is not None or written.model.mail is not None:
        return []
    return [written.document.error(("owner_notice",), "nobody carries notices", _CARRIER[1])]


def _check_call_back(source: TenantSource) -> list[ConfigError]:
    written = source.verification
    if written is None or written.model.call_back is None:
        return []
    settings, problems = written.model.call_back, list[ConfigError]()
    country = source.settings.model.country if source.settings is not None else None
    number = settings.caller_id
    if country is not None and number is not None and full_number(number, country) is None:
        path = ("call_back", "caller_id")
        problems.append(written.document.error(path, f"{number} is not a telephone number"))
    return [*problems, *_check_trunk(source, written.document, settings.trunk)]


def _check_trunk(source: TenantSource, document: Document, wanted: str) -> list[ConfigError]:
    if "trunks.yaml" in source.broken:
        return []
    trunks = source.trunks.model.trunks if source.trunks is not None else {}
    groups = source.trunks.model.groups if source.trunks is not None else {}
    path = ("call_back", "trunk")
    if wanted in groups:
        return []
    if wanted not in trunks:
        return [document.error(path, f"there is no trunk {wanted}", did_you_mean(wanted, (*trunks, *groups)))]
    if trunks[wanted].outbound is None:
        return [document.error(path, f"the trunk {wanted} has no outbound address")]
    return []
