"""Holds steps that need a one-time code against who would carry it."""

from pbx.config.sources import TenantSource
from pbx.config.verification import VerificationSettings
from pbx.core.errors import ConfigError
from pbx.ivr.steps import StepUp

_HINT = "write sms or mail into verification.yaml"


def check_verification(source: TenantSource) -> list[ConfigError]:
    """Return the steps that could never send a code."""
    written = source.verification.model if source.verification is not None else VerificationSettings()
    if written.sms is not None or written.mail is not None or "verification.yaml" in source.broken:
        return []
    return [
        flow.file.document.error(("steps", name, "step_up", "by"), "nobody carries codes", _HINT)
        for flow in source.flows
        for name, step in flow.plan.steps.items()
        if isinstance(step, StepUp) and "one_time_code" in step.ways
    ]
