"""Verification of the calling number (RFC 8224 §6.2, RFC 8588 §7, RFC 8946 §5): two steps, fetches between.

`read_statements` needs the call alone and says which certificates are wanted; `judge` has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pbx.core.errors import ParseError
from pbx.sip.stir import jws
from pbx.sip.stir.credential import Credential
from pbx.sip.stir.identity_header import IdentityHeader, parse_identity
from pbx.sip.stir.passport import Claims, Passport, parse_passport, rebuild_passport
from pbx.sip.stir.signed_call import MAX_HEADERS, SignedCall
from pbx.sip.stir.verdict import UNSIGNED, Status, StirVerdict, failed

FRESH_S = 60  # RFC 8224 §6.2.2 suggests one minute between iat and our clock
DIVERTED_S = 300  # how long a call may ring before it is diverted: its first PASSporT is that old


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The PASSporTs that vouch for a call: who calls, and each diversion on the way to us, in order."""

    caller: Passport
    diversions: tuple[Passport, ...] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the certificates are, each once."""
        return tuple(dict.fromkeys(one.x5u for one in (self.caller, *self.diversions)))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCredential:
    """Why there is no credential at a URL: 436 it cannot be had, 437 it cannot be trusted."""

    code: int
    detail: str


def read_statements(call: SignedCall, at: datetime) -> Statements | StirVerdict:
    """Return what is stated about this very call, or a verdict when that settles it already."""
    if not call.identities:
        return UNSIGNED
    if len(call.identities) > MAX_HEADERS:
        return failed(438, f"more than {MAX_HEADERS} Identity headers")
    if not call.orig:
        return StirVerdict(status=Status.NONE, code=438, detail="the calling number is not known")
    passports: list[Passport] = []
    faults: list[ParseError] = []
    for value in call.identities:
        try:
            passports.append(_passport(parse_identity(value), call))
        except ParseError as fault:
            faults.append(fault)
    caller = _caller(passports)
    if caller is None:
        return (
            failed(faults[0].status, str(faults[0])) if faults else failed(438, "no PASSporT of the caller")
        )
    if caller.claims.orig != call.orig:
        return failed(438, "signed for another calling number")
    return _route(call, caller, passports, at)


def judge(
    statements: Statements, credentials: Mapping[str, Credential | NoCredential], at: datetime
) -> StirVerdict:
    """Return the verdict once every certificate was fetched or could not be."""
    caller = statements.caller
    for passport in (caller, *statements.diversions):
        fault = _fault(passport, credentials.get(passport.x5u), at)
        if fault is not None:
            return failed(fault.code, fault.detail)
    return StirVerdict(
        status=Status.PASSED, attestation=caller.claims.attest, origid=caller.claims.origid, detail="verified"
    )


def _passport(header: IdentityHeader, call: SignedCall) -> Passport:
    if not header.is_compact:
        passport = parse_passport(header.token)
        if passport.x5u != header.info:
            raise ParseError("info and x5u name two certificates", 438)
        return passport
    if header.ppt:
        raise ParseError("an extension in compact form cannot be rebuilt", 438)  # RFC 8588 §6
    if call.date_at is None or not call.to:
        raise ParseError("a compact PASSporT without Date or called number", 438)
    claims = Claims(orig=call.orig, dest=(call.to,), iat=int(call.date_at.timestamp()))
    return rebuild_passport(header.token[2:], header.info, claims)


def _caller(passports: list[Passport]) -> Passport | None:
    """Return the PASSporT with the calling number; SHAKEN says more than a plain one."""
    for kind in ("shaken", ""):
        for passport in passports:
            if passport.kind == kind:
                return passport
    return None


def _route(
    call: SignedCall, caller: Passport, passports: list[Passport], at: datetime
) -> Statements | StirVerdict:
    """Follow the diversions from the number that was dialled to the one that was called (RFC 8946 §5)."""
    target = call.called or call.to
    reached, used = set(caller.claims.dest), list[Passport]()
    left = [one for one in passports if one.kind == "div" and one.claims.orig == caller.claims.orig]
    while target not in reached:
        step = next((one for one in left if one.claims.div in reached), None)
        if step is None:
            return _astray(call, caller)
        left.remove(step)
        used.append(step)
        reached |= set(step.claims.dest)
    stale = _stale(caller, used, at)
    return stale or Statements(caller=caller, diversions=tuple(used))


def _astray(call: SignedCall, caller: Passport) -> StirVerdict:
    """A carrier may divert without saying so, or somebody replays a PASSporT: that is no proof."""
    if call.to in caller.claims.dest:
        return StirVerdict(status=Status.NONE, code=438, detail="diverted without a div PASSporT")
    return failed(438, "signed for another called number")


def _stale(caller: Passport, diversions: list[Passport], at: datetime) -> StirVerdict | None:
    """The last statement is from now, the first one at most a long ringing older."""
    last = diversions[-1] if diversions else caller
    age = at.timestamp() - last.claims.iat
    rang = last.claims.iat - caller.claims.iat
    if abs(age) > FRESH_S or not -FRESH_S <= rang <= DIVERTED_S:
        return failed(403, f"signed {age:.0f} s ago")
    return None


def _fault(passport: Passport, found: Credential | NoCredential | None, at: datetime) -> NoCredential | None:
    if found is None:
        return NoCredential(code=436, detail="the certificate was not fetched")
    if isinstance(found, NoCredential):
        return found
    if not found.is_valid(at):
        return NoCredential(code=437, detail="the certificate is not valid now")
    if not found.numbers.covers(passport.claims.div or passport.claims.orig):
        return NoCredential(code=437, detail="the certificate does not speak for this number")
    if not jws.is_signed(passport.signed, passport.signature, found.key):
        return NoCredential(code=438, detail="the signature is wrong")
    return None
