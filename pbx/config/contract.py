"""The contract of degradation in words: what calls of a tenant do while a part is away, and what says so."""

from collections.abc import Iterator
from dataclasses import dataclass

from pbx.config.degradation import DatabaseAway
from pbx.config.models import Configuration, Tenant
from pbx.config.units import spelled
from pbx.core.dependency import Dependency
from pbx.recording.failure import FailurePolicy

_UNRECORDED: dict[FailurePolicy, str] = {
    "continue": "it goes on unrecorded",
    "announce_unrecorded": "both parties hear that it is not recorded, and it goes on",
    "refuse": "it is refused with 503, or ends",
}
_OUTAGE = {
    "unverified": "callers stay unverified",
    "cached": "what servers said in the last {keep} stands in for them; who is not in it stays unverified",
    "agent": "callers who would be verified go to an agent, unverified",
}
_FULL = {
    "refuse_calls": "when that is full new calls get 503 with Retry-After, but those for help",
    "lose_facts": "when that is full calls go on, and the newest facts are lost and counted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One line of the contract; `written` = the file and key that decide, "" = it is always so."""

    dependency: Dependency
    calls: str
    written: str = ""


def contract(config: Configuration, tenant: Tenant) -> tuple[Clause, ...]:
    """Return what calls of a tenant do without each part, of those that he has."""
    return (
        _database(config.pbx.degradation.database),
        *_recording(config, tenant),
        *_people(tenant),
        _dns(),
        *_speech(config),
        *_webhook(config),
    )


def _database(away: DatabaseAway) -> Clause:
    calls = (
        "calls go on; callers stay unverified; call records, consents and audit facts wait sealed on disk, "
        f"{away.journal_mb} MB; {_FULL[away.when_full]}"
    )
    return Clause(dependency=Dependency.DATABASE, calls=calls, written="pbx.yaml degradation.database")


def _recording(config: Configuration, tenant: Tenant) -> Iterator[Clause]:
    unrecorded = _UNRECORDED[tenant.recording.on_recording_failure]
    spare = "recordings go on in the spare spool; without that, " if config.pbx.recording.spare_spool else ""
    calls = f"{spare}a call that should be recorded: {unrecorded}"
    yield Clause(dependency=Dependency.SPOOL, calls=calls, written="recording.yaml on_recording_failure")
    for purpose, policy in tenant.recording.on_failure.items():
        yield Clause(
            dependency=Dependency.SPOOL,
            calls=f"one recorded for {purpose}: {_UNRECORDED[policy]}",
            written=f"recording.yaml on_failure.{purpose}",
        )
    yield Clause(
        dependency=Dependency.OBJECT_STORE,
        calls="calls are recorded; finished recordings wait encrypted in the spool",
    )
    yield Clause(
        dependency=Dependency.VAULT,
        calls="calls are recorded under public keys that are known; recordings wait encrypted in the spool",
    )


def _people(tenant: Tenant) -> Iterator[Clause]:
    asked = tenant.asked
    if asked.sources:
        yield Clause(
            dependency=Dependency.CUSTOMERS,
            calls=_OUTAGE[asked.on_outage].format(keep=spelled(asked.keep)),
            written="customers.yaml on_outage",
        )
    if tenant.verification.sms is not None or tenant.verification.mail is not None:
        yield Clause(
            dependency=Dependency.CODES,
            calls="no code comes: callers stay as far verified as they were",
        )


def _dns() -> Clause:
    return Clause(
        dependency=Dependency.DNS,
        calls="carriers whose names were found before are called; of another the next trunk is tried",
    )


def _speech(config: Configuration) -> Iterator[Clause]:
    speech = config.pbx.speech
    if speech.engine != "none":
        yield Clause(
            dependency=Dependency.SPEECH,
            calls="sentences without a recording are not heard; who cannot be told of it is not recorded",
        )
    if speech.hears:
        yield Clause(dependency=Dependency.RECOGNISER, calls="callers are asked for keys")


def _webhook(config: Configuration) -> Iterator[Clause]:
    webhook = config.pbx.recording.webhook
    if webhook is not None:
        yield Clause(
            dependency=Dependency.WEBHOOK,
            calls=f"calls do not wait for it; reports are sent again for {spelled(webhook.max_age_s)}",
            written="pbx.yaml recording.webhook.max_age",
        )
