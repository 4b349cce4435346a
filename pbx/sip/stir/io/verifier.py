"""Verifier: the verdict on a call, with the certificates it needs, never later than a deadline."""

import asyncio
from dataclasses import dataclass, field

from cryptography.x509 import Certificate

from pbx.core.errors import ParseError, TransportError
from pbx.core.io.clock import monotonic, utc_now
from pbx.sip.stir.certificate_cache import MAX_AGE_S, CertificateCache, Found
from pbx.sip.stir.credential import credential_of, parse_chain
from pbx.sip.stir.io.fetch import CertificateFetcher
from pbx.sip.stir.signed_call import SignedCall
from pbx.sip.stir.verdict import NOT_VERIFIED, StirVerdict
from pbx.sip.stir.verification import NoCredential, judge, read_statements
from pbx.sip.stir.x5u import parse_x5u

MAX_FETCHES = 32  # at the same time; a flood of forged Identity headers waits, and its calls get no verdict
VERDICT_S = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSettings:
    """Whom we believe: certificates of the authorities, and hosts that may be asked (() = all)."""

    anchors: tuple[Certificate, ...]
    hosts: tuple[str, ...] = ()


@dataclass(slots=True)
class Verifier:
    """One cache and one fetcher for all calls."""

    trust: TrustSettings
    fetcher: CertificateFetcher = field(default_factory=CertificateFetcher)
    verdict_s: float = VERDICT_S
    _cache: CertificateCache = field(default_factory=CertificateCache, init=False)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_FETCHES), init=False)

    def swap(self, trust: TrustSettings) -> None:
        """Believe others from now on; what was found out before is forgotten."""
        if trust != self.trust:
            self.trust, self._cache = trust, CertificateCache()

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
        return credential, MAX_AGE_S if fetched.max_age_s is None else fetched.max_age_s
