"""The desk for bans: who is not listened to, why and until when; listen to him again."""

from collections.abc import Callable
from datetime import timedelta
from itertools import islice

from pbx.call.bans import lifted
from pbx.call.pause import MAX_REASON
from pbx.core.address import literal
from pbx.core.audit import AuditFact
from pbx.core.io.clock import monotonic, utc_now
from pbx.runner.control_messages import (
    MAX_ACTOR,
    MAX_BANS,
    AskBans,
    BanIs,
    BansAre,
    LiftBan,
    Refused,
)
from pbx.sip.admission import Admission
from pbx.sip.defence.failures import Ban
from pbx.sip.defence.sources import source_key

MAX_USER = 128


class BanDesk:
    """Answers what an operator asks of the bans of this process."""

    def __init__(self, admission: Admission, note: Callable[[AuditFact], None]) -> None:
        self._admission, self._note = admission, note

    def answer(self, request: AskBans | LiftBan) -> BansAre | Refused:
        """Return the bans in force, or those that were lifted; nothing to lift is a refusal."""
        bans = self._admission.failures.bans(monotonic())
        if isinstance(request, AskBans):
            return self._told(bans)
        wrong = _wrong(request)
        if wrong:
            return Refused(reason=wrong)
        found = [ban for ban in bans if _is_meant(ban, request)]
        if not found:
            whom = f"{request.user} at {request.source}" if request.user else request.source
            return Refused(reason=f"no ban of {whom} is in force: see `pbx bans list`")
        told = self._told(found)
        for ban in found:
            self._admission.failures.pardon(ban)
            tenant = self._admission.tenant_of(ban.realm)
            self._note(lifted(ban, tenant, request.actor, request.reason))
        return told

    def _told(self, bans: list[Ban]) -> BansAre:
        shown = tuple(self._view(ban) for ban in islice(bans, MAX_BANS))
        return BansAre(bans=shown, omitted=len(bans) - len(shown))

    def _view(self, ban: Ban) -> BanIs:
        now, at = monotonic(), utc_now()
        return BanIs(
            source=ban.source,
            user=f"{ban.user}@{ban.realm}" if ban.user else "",
            tenant=self._admission.tenant_of(ban.realm),
            cause=f"{ban.failures} wrong passwords" + ("" if ban.user else " for several users"),
            since_at=(at - timedelta(seconds=now - ban.since)).isoformat(timespec="seconds"),
            until_at=(at + timedelta(seconds=ban.until - now)).isoformat(timespec="seconds"),
            spared=ban.n_spared,
        )


def _is_meant(ban: Ban, request: LiftBan) -> bool:
    source = request.source.partition("/")[0]
    if ban.source not in (request.source, source_key(source)):
        return False
    return not request.user or request.user in (ban.user, f"{ban.user}@{ban.realm}")


def _wrong(request: LiftBan) -> str:
    """What stands in the audit log is one printable line."""
    if literal(request.source.partition("/")[0]) is None:
        return "source: an IP address is needed, as `pbx bans list` has it"
    limits = (
        ("actor", request.actor, 1, MAX_ACTOR),
        ("user", request.user, 0, MAX_USER),
        ("reason", request.reason, 0, MAX_REASON),
    )
    for name, word, least, most in limits:
        if not least <= len(word) <= most or not word.isprintable():
            return f"{name}: {least} to {most} printable characters are needed"
    return ""
