"""Grants: what was found out about a caller, handed to whoever has him, until it is not true any more.

Everything is derived from the legs, after each event: so nothing that happens to a call can be forgotten
here. What was proved is bound to one leg; a view of it, the grant, is made out to the party that talks with
it. Source: compliance reference §4.5, requirement V-06.
"""

from dataclasses import dataclass
from datetime import datetime

from pbx.call.audible import holds
from pbx.call.connect import Connect
from pbx.call.connected import relabel
from pbx.call.effects import Audit, CallEffect, EndGrant, KeepGrant
from pbx.call.features import Features
from pbx.call.leg import Leg, LegState
from pbx.call.live import Known
from pbx.call.verifying import LABELS
from pbx.core.audit import AuditFact
from pbx.core.ids import Ids, LegId, hex_id
from pbx.media.events import AudioFault
from pbx.verify.actions import POLICY, actions_at
from pbx.verify.effects import VerificationSettled
from pbx.verify.grant import LIFE, SELF, Dialog, Grant, Why

HOLD_S = 300.0  # whoever comes back after a longer hold may be somebody else (§4.5)
LOST = "No longer verified"
ISSUED, REVOKED = "grant.issued", "grant.revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was found out about the party of a leg; `number` is the one that it had then.

    `until` is monotonic, `exp` the same moment on the wall.
    """

    leg: LegId
    dialog: Dialog
    number: str
    settled: VerificationSettled
    risk: tuple[str, ...]
    until: float
    exp: datetime


class Grants:
    """At most one proof, and one grant that is alive."""

    __slots__ = (
        "_connect",
        "_features",
        "_held_since",
        "_ids",
        "_lost",
        "_proof",
        "_seen",
        "_shown",
        "grant",
    )

    def __init__(self, connect: Connect, features: Features, ids: Ids) -> None:
        self._connect, self._features, self._ids = connect, features, ids
        self._proof: Proof | None = None
        self._seen: VerificationSettled | None = None
        self._held_since: float | None = None
        self._lost: LegId | None = None  # whose proof was revoked while the call goes on
        self._shown: tuple[LegId, str] | None = None  # whose telephone shows which label
        self.grant: Grant | None = None

    @property
    def deadline(self) -> float | None:
        """When it expires, or the caller has held for too long."""
        if self._proof is None:
            return None
        held = self._held_since
        return self._proof.until if held is None else min(self._proof.until, held + HOLD_S)

    @property
    def known(self) -> Known:
        """What is told of the caller: V0 as well of one who was not verified, or is so no longer."""
        proof, grant = self._proof, self.grant
        if proof is None:
            return Known(level="V0" if self._lost is not None or self._seen is not None else "")
        methods, jti = proof.settled.methods, grant.jti if grant is not None else ""
        return Known(level=proof.settled.level, methods=methods, exp=proof.exp, grant=jti)

    def label(self, leg: Leg) -> str:
        """How a colleague sees a party, "" = it was not asked who it is."""
        if self._proof is not None and leg.id == self._proof.leg:
            return LABELS[self._proof.settled.level]
        if leg.id == self._lost:
            return "" if leg.is_renamed else LOST
        is_first = leg.id == self._connect.start.offered.leg
        return self._features.label if is_first and not leg.is_renamed else ""

    def follow(self, now: float) -> list[CallEffect]:
        """Something may have changed: issue, hand over or revoke."""
        done: list[CallEffect] = []
        found = self._features.verification
        if found is not self._seen:
            done += self._settled(found, now)
        if self._proof is not None:
            why = self._doubt(self._proof, now)
            done += self._end(why, now) if why else self._handed(self._proof, now)
        return [*done, *self._relabelled()]

    def heard(self, event: AudioFault, now: float) -> list[CallEffect]:
        """The audio of a party goes on from elsewhere, and nothing was signalled."""
        proof = self._proof
        if event.kind != "nat_rebind" or proof is None or event.leg != proof.leg:
            return []
        return self._end("media_moved", now)

    def revoke(self, actor: str, reason: str, now: float) -> list[CallEffect]:
        """Somebody outside of the call does not believe it any more."""
        return self._end("operator", now, by=actor, said=reason) if self._proof is not None else []

    def stop(self, now: float) -> list[CallEffect]:
        """The call ends."""
        return self._end("leg_ended", now) if self._proof is not None else []

    def inherit(self, donor: "Grants") -> None:
        """Legs came from another call: what was proved goes with its leg, and `follow` makes it out anew.

        Where somebody else was proved here, both are outside parties, and nobody of ours has either.
        """
        proof = donor._proof
        if proof is None or self._proof is not None or proof.leg not in self._connect.legs:
            return
        self._proof, self._held_since, self.grant = proof, donor._held_since, donor.grant
        donor._proof = donor._held_since = donor.grant = None

    def _settled(self, found: VerificationSettled | None, now: float) -> list[CallEffect]:
        """A verification is over, or what it found was dropped with the one who it was about."""
        self._seen = found
        ended = self._end("superseded" if found is not None else "identity_changed", now)
        leg = self._connect.legs[self._connect.start.offered.leg]
        if found is None or found.outcome != "verified":
            return ended
        at = self._connect.time(now).replace(microsecond=0)
        self._proof = Proof(
            leg=leg.id,
            dialog=self._connect.start.offered.dialog,
            number=leg.number,
            settled=found,
            risk=self._features.verifying.risk,
            until=now + LIFE.total_seconds(),
            exp=at + LIFE,
        )
        self._lost = None
        return ended

    def _doubt(self, proof: Proof, now: float) -> Why | None:
        """Why what was proved does not hold any more, None = it does."""
        leg = self._connect.legs.get(proof.leg)
        if leg is None or leg.state is LegState.ENDED:
            return "leg_ended"
        if leg.number != proof.number:
            return "identity_changed"
        if leg not in (self._connect.caller, self._connect.winner):
            return "replaced"
        if now >= proof.until:
            return "expired"
        if not holds(leg):
            self._held_since = None
        elif self._held_since is None:
            self._held_since = now
        elif now >= self._held_since + HOLD_S:
            return "hold"
        other = self._connect.other(leg)
        if other is not None and not _is_ours(other.party):
            return "transferred_out"
        return "merged" if _has_strangers(leg) else None

    def _handed(self, proof: Proof, now: float) -> list[CallEffect]:
        """Give whoever has the caller now a grant of his own, with the time that is left."""
        other = self._connect.other(self._connect.legs[proof.leg])
        audience = other.party if other is not None and other.state is LegState.ANSWERED else SELF
        before, (call, tenant) = self.grant, self._connect.belongs_to
        if before is not None and (before.call, before.audience) == (call, audience):
            return []
        settled, at = proof.settled, self._connect.time(now)
        self.grant = Grant(
            jti=hex_id(self._ids),
            tenant=tenant,
            call=call,
            leg=proof.leg,
            dialog=proof.dialog,
            customer=settled.customer,
            level=settled.level,
            methods=settled.methods,
            scopes=actions_at(settled.level),
            risk=proof.risk,
            iat=at.replace(microsecond=0),
            exp=proof.exp,
            audience=audience,
            policy=POLICY,
        )
        ended = [EndGrant(jti=before.jti, at=at, why="handed_over")] if before is not None else []
        details = {"audience": audience, "methods": " ".join(settled.methods), "risk": " ".join(proof.risk)}
        details["expires"] = proof.exp.isoformat()
        if before is not None:
            details["replaces"] = before.jti
        return [*ended, KeepGrant(grant=self.grant), self._fact(ISSUED, self.grant, **details)]

    def _end(self, why: Why, now: float, *, by: str = "", said: str = "") -> list[CallEffect]:
        proof, grant = self._proof, self.grant
        self._proof = self._held_since = self.grant = None
        if proof is None:
            return []
        self._lost = proof.leg
        if why != "superseded" and proof.settled is self._features.verification:
            self._features.verifying.is_over = True  # a bot is told no more than an agent
        if grant is None:
            return []
        details = {"why": why} | ({"by": by, "reason": said} if by else {})
        ended = EndGrant(jti=grant.jti, at=self._connect.time(now), why=why)
        return [ended, self._fact(REVOKED, grant, **details)]

    def _relabelled(self) -> list[CallEffect]:
        """The telephone of who talks with the caller shows what is known now, not when it rang."""
        about = self._proof.leg if self._proof is not None else self._lost
        leg = self._connect.legs.get(about or self._connect.start.offered.leg)
        other = self._connect.other(leg) if leg is not None else None
        if leg is None or other is None or other.state is not LegState.ANSWERED:
            return []
        shown, label = self._shown, self.label(leg)
        if not label and shown is not None and shown[0] == other.id and shown[1]:
            label = LOST  # of somebody new nothing is known; who was shown more has to hear that
        self._shown = (other.id, label)
        is_news = label == LOST if shown is None or shown[0] != other.id else label != shown[1]
        return [*relabel(other, leg, self._connect.start.context, label)] if is_news else []

    def _fact(self, kind: str, grant: Grant, **details: str) -> Audit:
        about = {"grant": grant.jti, "leg": grant.leg, "level": grant.level, "customer": grant.customer}
        every: dict[str, str | int | bool | None] = {**about, **details}
        return Audit(fact=AuditFact(kind=kind, call=grant.call, tenant=grant.tenant, details=every))


def _is_ours(party: str) -> bool:
    return party.startswith("extension/")


def _has_strangers(leg: Leg) -> bool:
    """Whether it is not known any more who speaks on the caller's side, or who hears what he is told.

    A colleague whom the agent has brought is neither. Whom the caller has brought is both, and of a
    conference nobody can say who comes next.
    """
    if not leg.has_company:
        return False
    return _is_ours(leg.party) or not leg.company or not all(map(_is_ours, leg.company))
