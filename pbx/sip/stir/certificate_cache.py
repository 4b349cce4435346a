"""CertificateCache: credentials by URL until they expire, so that most calls wait for nobody."""

from datetime import datetime

from pbx.sip.stir.credential import Credential
from pbx.sip.stir.verification import NoCredential

MAX_URLS = 1000  # a country has fewer signing carriers; strangers cannot fill more than this
MAX_AGE_S = 86_400.0  # a certificate that was replaced or withdrawn is noticed within a day
FAULT_S = 30.0  # a failure is remembered too: no stranger makes us ask again for every call of his

Found = Credential | NoCredential


class CertificateCache:
    """A bounded map; the entry that was put first leaves first."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[str, tuple[Found, float]] = {}

    def __len__(self) -> int:
        return len(self._found)

    def get(self, url: str, now: float, at: datetime) -> Found | None:
        """Return what is known of a URL, None when it has to be fetched."""
        entry = self._found.get(url)
        if entry is None:
            return None
        found, due = entry
        if now >= due or (isinstance(found, Credential) and not found.is_valid(at)):
            del self._found[url]
            return None
        return found

    def put(self, url: str, found: Found, now: float, max_age_s: float = MAX_AGE_S) -> None:
        """Remember what a fetch brought, `max_age_s` at most a day."""
        age = FAULT_S if isinstance(found, NoCredential) else min(max(max_age_s, FAULT_S), MAX_AGE_S)
        self._found.pop(url, None)
        while len(self._found) >= MAX_URLS:
            del self._found[next(iter(self._found))]
        self._found[url] = (found, now + age)
