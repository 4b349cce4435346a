"""Fetches lists of revocations, keeps them for an hour at most, and never lets a caller wait for long."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.x509 import Certificate

from pbx.core.errors import ParseError, TransportError
from pbx.core.io.clock import monotonic, utc_now
from pbx.sip.stir.io.fetch import CertificateFetcher
from pbx.sip.stir.revocation import MAX_CRL_OCTETS, RevocationList, crl_urls, read_crl
from pbx.sip.stir.x5u import parse_x5u

LIST_S = 1.0  # what a list may cost a caller, once an hour; the certificate has taken its time before
AGE_S = 3600.0  # how soon a withdrawn certificate is noticed
FAULT_S = 30.0  # a list that cannot be had is not asked for again meanwhile
MAX_LISTS = 16  # a country has one

Found = RevocationList | ParseError | TransportError


@dataclass(slots=True)
class Revocations:
    """Lists by URL; only a trusted certificate names one, so a stranger cannot fill the cache."""

    fetcher: CertificateFetcher
    list_s: float = LIST_S
    _lists: dict[str, tuple[Found, float]] = field(default_factory=dict, init=False)

    async def check(
        self, chain: Sequence[Certificate], signers: Sequence[Certificate], hosts: tuple[str, ...]
    ) -> bool:
        """Whether a certificate of the chain is withdrawn; ParseError, TransportError = it is not known."""
        for url in crl_urls(chain):
            found = await self._list(url, (*chain[1:], *signers), hosts)
            if not isinstance(found, RevocationList):
                raise found
            if found.has(chain):
                return True
        return False

    async def _list(self, url: str, signers: Sequence[Certificate], hosts: tuple[str, ...]) -> Found:
        known, due = self._lists.get(url, (None, 0.0))
        if known is not None and monotonic() < due:
            return known
        at = utc_now()
        try:
            async with asyncio.timeout(self.list_s):
                fetched = await self.fetcher.fetch(parse_x5u(url, hosts), MAX_CRL_OCTETS)
            found: Found = read_crl(fetched.body, signers, at)
        except TimeoutError:
            found = TransportError(f"no list of revocations in {self.list_s:g} s")
        except (ParseError, TransportError) as error:
            found = error
        self._lists.pop(url, None)
        while len(self._lists) >= MAX_LISTS:
            del self._lists[next(iter(self._lists))]
        self._lists[url] = (found, monotonic() + _age_s(found, at))
        return found


def _age_s(found: Found, at: datetime) -> float:
    if not isinstance(found, RevocationList):
        return FAULT_S
    return min(max((found.until - at).total_seconds(), FAULT_S), AGE_S)
