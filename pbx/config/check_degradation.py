"""The contract of degradation: promises that would break each other are found before a start."""

from collections.abc import Iterable

from pbx.config.models import PbxSettings
from pbx.config.read import Read
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError

_WHEN_FULL = ("degradation", "database", "when_full")


def check_degradation(pbx: Read[PbxSettings], sources: Iterable[TenantSource]) -> list[ConfigError]:
    """Return whose calls may not go on without a recording, where they are to go on without its evidence."""
    if pbx.model.degradation.database.when_full != "lose_facts":
        return []
    hint = "write refuse_calls, or let these calls go on unrecorded"
    lost = "with lose_facts their consents may be lost"
    return [
        pbx.document.error(
            _WHEN_FULL, f"{source.folder.name} does without no recording ({why}): {lost}", hint
        )
        for source in sources
        if (why := _has_to_record(source))
    ]


def undecided(source: TenantSource) -> list[ConfigError]:
    """Return a warning where calls have to be recorded and yet go on when that fails."""
    if source.consent is None or source.consent.model.withdrawal != "refuse":
        return []
    policy = source.recording.model.on_recording_failure if source.recording is not None else "continue"
    if policy == "refuse":
        return []
    message = f"calls have to be recorded, but go on when that fails (on_recording_failure: {policy})"
    hint = "write on_recording_failure: refuse in recording.yaml, or withdrawal: honour"
    return [source.consent.document.error(("withdrawal",), message, hint)]


def _has_to_record(source: TenantSource) -> str:
    """What says that calls may not go on unrecorded, "" = nothing does."""
    if source.consent is not None and source.consent.model.withdrawal == "refuse":
        return "consent.yaml withdrawal: refuse"
    failures = source.recording.model.written_failures if source.recording is not None else ()
    refused = next((path for path, policy in failures if policy == "refuse"), None)
    return "" if refused is None else f"recording.yaml {'.'.join(map(str, refused))}: refuse"
