"""Facts of record about who guessed passwords and is not listened to for a while."""

from pbx.call.effects import Audit
from pbx.core.audit import AuditFact
from pbx.core.phone import mask
from pbx.sip.defence.failures import Ban
from pbx.sip.defence.sources import masked
from pbx.sip.events import GuesserBanned, HelpHeard


def banned(event: GuesserBanned, tenant: str) -> Audit:
    """Return `defence.banned` with the neighbourhood of the source, not its address; `user` "" = all."""
    details: dict[str, str | int | bool | None] = {
        "source": masked(event.source),
        "user": mask(event.user) if event.user else "",
        "failures": event.failures,
        "ban_s": int(event.ban_s),
    }
    return Audit(fact=AuditFact(kind="defence.banned", tenant=tenant, details=details))


def help_heard(event: HelpHeard, tenant: str) -> Audit:
    """Return `defence.help_heard`: a banned user has reached the emergency services all the same."""
    details: dict[str, str | int | bool | None] = {"source": masked(event.source), "user": mask(event.user)}
    return Audit(fact=AuditFact(kind="defence.help_heard", tenant=tenant, details=details))


def lifted(ban: Ban, tenant: str, actor: str, reason: str) -> AuditFact:
    """Return `defence.ban_lifted`: somebody had us listen again before the time was over."""
    details: dict[str, str | int | bool | None] = {
        "source": masked(ban.source),
        "user": mask(ban.user) if ban.user else "",
        "actor": actor,
        "reason": reason,
    }
    return AuditFact(kind="defence.ban_lifted", tenant=tenant, details=details)
