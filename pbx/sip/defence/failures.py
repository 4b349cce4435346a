"""Failed authentications: who guessed too often is not listened to for a while."""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from pbx.sip.defence.sources import source_key
from pbx.sip.events import GuesserBanned

MAX_PAIRS = 65_536  # (source, user); some 20 MB
MAX_SOURCES = 16_384
MAX_HELP_USER, MAX_HELP_SOURCE = 3, 10  # wrong answers in calls for help that are looked at within a ban
PROVEN_S = 86_400.0  # a user who has proved himself from a source is not banned with it for this long

User = tuple[str, str]  # realm and user name of the credentials
Pair = tuple[str, User]
KeyT = TypeVar("KeyT")


@dataclass(frozen=True, slots=True, kw_only=True)
class BanRules:
    """So many failures within a window, and how long they are held against a user at a source, or a source.

    The figures for a user let a person mistype; those for a source let an office behind one address.
    """

    user_failures: int = 5
    user_window_s: float = 300.0
    user_ban_s: float = 900.0
    source_failures: int = 50
    source_window_s: float = 600.0
    source_ban_s: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """Who is not listened to, in monotonic seconds.

    An empty `user` = all of a source, but for `n_spared` users who have proved themselves there.
    """

    source: str
    realm: str
    user: str
    failures: int
    since: float
    until: float
    n_spared: int = 0


@dataclass(slots=True)
class _Record:
    failed_at: list[float] = field(default_factory=list)
    helped_at: list[float] = field(default_factory=list)  # wrong answers in calls for help
    banned_until: float = 0.0
    proved_at: float = float("-inf")
    last_proof: str = ""

    def count(self, now: float, rule: tuple[int, float, float]) -> bool:
        """Note a failure; True when a ban begins."""
        limit, window_s, ban_s = rule
        self.failed_at = [at for at in self.failed_at if now - at < window_s][-limit:]
        self.failed_at.append(now)
        if len(self.failed_at) < limit or now < self.banned_until:
            return False
        self.banned_until = now + ban_s
        self.failed_at.clear()
        return True


class AuthFailures:
    """Counts wrong answers to our challenges by source and user; nobody is locked at another source.

    Only answers with a good nonce may be counted: they come from where they seem to come from. The tables
    are bounded; the least recently used records go first.
    """

    __slots__ = ("_pairs", "_rules", "_sources")

    def __init__(self, rules: BanRules) -> None:
        self._rules = rules
        self._pairs: OrderedDict[Pair, _Record] = OrderedDict()
        self._sources: OrderedDict[str, _Record] = OrderedDict()

    def is_barred(self, host: str, user: User, now: float) -> bool:
        """Whether an answer of this user from this source shall not even be looked at."""
        source = source_key(host)
        pair = self._pairs.get((source, user))
        if pair is not None and now < pair.banned_until:
            return True
        of_source = self._sources.get(source)
        if of_source is None or now >= of_source.banned_until:
            return False
        return pair is None or now - pair.proved_at > PROVEN_S

    def failed(self, host: str, user: User, proof: str, now: float) -> GuesserBanned | None:
        """Count a wrong answer; the ban that begins with it, if any.

        `proof` is the response that was given: the same one again is a retransmission, not a guess.
        """
        rules, source = self._rules, source_key(host)
        pair = _touch(self._pairs, (source, user), MAX_PAIRS)
        if proof == pair.last_proof:
            return None
        pair.last_proof = proof
        of_source = _touch(self._sources, source, MAX_SOURCES)
        realm, name = user
        if of_source.count(now, (rules.source_failures, rules.source_window_s, rules.source_ban_s)):
            failures = rules.source_failures
            return GuesserBanned(
                source=source, realm=realm, user="", failures=failures, ban_s=rules.source_ban_s
            )
        if pair.count(now, (rules.user_failures, rules.user_window_s, rules.user_ban_s)):
            failures = rules.user_failures
            return GuesserBanned(
                source=source, realm=realm, user=name, failures=failures, ban_s=rules.user_ban_s
            )
        return None

    def hears_help(self, host: str, user: User, now: float) -> bool:
        """Whether an answer of somebody barred is looked at because he calls for help.

        Only so many wrong ones within a ban: `failed_help` counts them.
        """
        return all(len(tries) < limit for tries, limit in self._help(host, user, now))

    def failed_help(self, host: str, user: User, now: float) -> None:
        """Count a wrong answer in a call for help of somebody barred."""
        for tries, _ in self._help(host, user, now):
            tries.append(now)

    def _help(self, host: str, user: User, now: float) -> Iterator[tuple[list[float], int]]:
        """Yield the counted failures of the user and of the source, and how many may be."""
        source = source_key(host)
        records: tuple[tuple[_Record, float, int], ...] = (
            (_touch(self._pairs, (source, user), MAX_PAIRS), self._rules.user_ban_s, MAX_HELP_USER),
            (_touch(self._sources, source, MAX_SOURCES), self._rules.source_ban_s, MAX_HELP_SOURCE),
        )
        for record, window_s, limit in records:
            record.helped_at = [at for at in record.helped_at if now - at < window_s]
            yield record.helped_at, limit

    def proved(self, host: str, user: User, now: float) -> None:
        """A right answer: earlier mistakes of this user here are forgiven."""
        pair = _touch(self._pairs, (source_key(host), user), MAX_PAIRS)
        pair.failed_at.clear()
        pair.proved_at, pair.last_proof = now, ""

    def bans(self, now: float) -> list[Ban]:
        """Return what is in force, what began first before the others."""
        rules, spared = self._rules, self._spared(now)
        found = [
            Ban(
                source=source,
                realm=realm,
                user=user,
                failures=rules.user_failures,
                since=record.banned_until - rules.user_ban_s,
                until=record.banned_until,
            )
            for (source, (realm, user)), record in self._pairs.items()
            if now < record.banned_until
        ]
        found += [
            Ban(
                source=source,
                realm="",
                user="",
                failures=rules.source_failures,
                since=record.banned_until - rules.source_ban_s,
                until=record.banned_until,
                n_spared=spared[source],
            )
            for source, record in self._sources.items()
            if now < record.banned_until
        ]
        return sorted(found, key=lambda one: (one.since, one.source, one.user))

    def pardon(self, ban: Ban) -> None:
        """End one ban and forget what was counted for it; others at the same source go on."""
        key = (ban.source, (ban.realm, ban.user))
        record = self._pairs.get(key) if ban.user else self._sources.get(ban.source)
        if record is not None:
            record.banned_until = 0.0
            record.failed_at.clear()
            record.helped_at.clear()

    def _spared(self, now: float) -> Counter[str]:
        """How many users of each source a ban of it does not touch."""
        return Counter(
            source
            for (source, _), record in self._pairs.items()
            if now - record.proved_at <= PROVEN_S and now >= record.banned_until
        )

    def lift(self, rules: BanRules) -> None:
        """End all bans and forget all counts; `rules` hold from now on."""
        self._rules = rules
        self._sources.clear()
        for pair in self._pairs.values():
            pair.failed_at.clear()
            pair.banned_until = 0.0

    def __len__(self) -> int:
        return len(self._pairs) + len(self._sources)


def _touch(table: OrderedDict[KeyT, _Record], key: KeyT, limit: int) -> _Record:
    record = table.get(key)
    if record is None:
        record = table[key] = _Record()
        if len(table) > limit:
            table.popitem(last=False)
    table.move_to_end(key)
    return record
