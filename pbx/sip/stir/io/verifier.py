"""Verifier: the verdict on a call, with the certificates it needs, never later than a deadline."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Literal

from cryptography.x509 import Certificate

from pbx.core.errors import ParseError, TransportError
from pbx.core.io.clock import monotonic, utc_now
from pbx.sip.stir.certificate_cache import MAX_AGE_S, CertificateCache, Found
from pbx.sip.stir.credential import credential_of, parse_chain
from pbx.sip.stir.io.fetch import CertificateFetcher
from pbx.sip.stir.io.revocations import AGE_S, Revocations
from pbx.sip.stir.revocation import has_crl
from pbx.sip.stir.signed_call import SignedCall
from pbx.sip.stir.verdict import NOT_VERIFIED, StirVerdict
from pbx.sip.stir.verification import NoCredential, judge, read_statements
from pbx.sip.stir.x5u import parse_x5u

MAX_FETCHES = 32  # at the same time; a flood of forged Identity headers waits, and its calls get no verdict
VERDICT_S = 1.8  # a call is held up for two seconds at most (V-13)
Revocation = Literal["off", "soft", "hard"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSettings:
    """Whom we believe: certificates of the authorities, and hosts that may be asked (() = all).

    `revocation` is what follows when nobody says whether a certificate was withdrawn: `soft` = it holds,
    `hard` = it does not; `off` = nobody is asked. `crl_issuers` sign the lists, beside the authorities.
    """

    anchors: tuple[Certificate, ...]
    hosts: tuple[str, ...] = ()
    revocation: Revocation = "soft"
    crl_issuers: tuple[Certificate, ...] = ()


@dataclass(slots=True)
class Verifier:
    """One cache and one fetcher for all calls."""

    trust: TrustSettings
    fetcher: CertificateFetcher = field(default_factory=CertificateFetcher)
    verdict_s: float = VERDICT_S
    _cache: CertificateCache = field(default_factory=CertificateCache, init=False)
    _revocations: Revocations = field(init=False)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_FETCHES), init=False)

    def __post_init__(self) -> None:
        self._revocations = Revocations(self.fetcher)

    def swap(self, trust: TrustSettings) -> None:
        """Believe others from now on; what was found out before is forgotten."""
        if trust != self.trust:
            self.trust, self._cache = trust, CertificateCache()
            self._revocations = Revocations(self.fetcher)

    async def verify(self, call: SignedCall) -> StirVerdict:
        """Return the verdict; `No-TN-Validation` when it cannot be reached in time."""
        statements = read_statements(call, utc_now())
        if isinstance(statements, StirVerdict):
            return statements
        try:
            async with asyncio.timeout(self.verdict_s):
                found = {url: await self._credential(url) for url in statements.urls}
        except TimeoutError:
            return NOT_VERIFIED
        return judge(statements, found, utc_now())

    async def _credential(self, url: str) -> Found:
        known = self._cache.get(url, monotonic(), utc_now())
        if known is not None:
            return known
        async with self._slots:
            known = self._cache.get(url, monotonic(), utc_now())
            if known is not None:
                return known
            found, age_s = await self._obtain(url)
        self._cache.put(url, found, monotonic(), age_s)
        return found

    async def _obtain(self, url: str) -> tuple[Found, float]:
        try:
            fetched = await self.fetcher.fetch(parse_x5u(url, self.trust.hosts))
        except TransportError as error:
            return NoCredential(code=436, detail=str(error)), 0.0
        except ParseError as error:
            return NoCredential(code=error.status, detail=str(error)), 0.0
        try:
            credential = credential_of(parse_chain(fetched.body), self.trust.anchors, utc_now())
        except ParseError as error:
            return NoCredential(code=error.status, detail=str(error)), 0.0
        revoked = await self._revoked(credential.chain)
        if revoked is not None:
            return revoked, 0.0
        age_s = MAX_AGE_S if fetched.max_age_s is None else fetched.max_age_s
        return credential, age_s if self.trust.revocation == "off" else min(age_s, AGE_S)

    async def _revoked(self, chain: tuple[Certificate, ...]) -> NoCredential | None:
        """Why a trusted chain counts for nothing: it was withdrawn, or nobody says that it was not (`hard`).

        Only here, after the chain was trusted: so no stranger names a list that we fetch.
        """
        trust = self.trust
        if trust.revocation == "off":
            return None
        if trust.revocation == "hard" and not has_crl(chain):
            return NoCredential(code=437, detail="the certificate names no list of revocations")
        signers = (*trust.anchors, *trust.crl_issuers)
        try:
            is_revoked = await self._revocations.check(chain, signers, trust.hosts)
        except (ParseError, TransportError) as error:
            _log.warning("whether a certificate was withdrawn is not known: %s", error)
            unknown = NoCredential(code=437, detail=f"no list of revocations: {error}"[:200])
            return unknown if trust.revocation == "hard" else None
        return NoCredential(code=437, detail="the certificate was withdrawn") if is_revoked else None
