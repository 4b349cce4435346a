"""How long a party may be silent until it counts as gone."""

from dataclasses import dataclass

from pbx.media.nat_rebind import RebindRule

NEVER = float("-inf")
REPORTS_S = 30.0  # four reports in a row are lost: one comes after 7.5 s at most (RFC 3550 §6.3.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceRules:
    """`timeout_s` for a party that should be heard, `rest_s` for one that may rest and sends no reports.

    `rebind` = where one that is silent is looked for.
    """

    timeout_s: float = 30.0
    rest_s: float = 1800.0
    rebind: RebindRule = "port"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No RTP of a party has come since `heard_at`.

    It `may_rest` after comfort noise, which need not be repeated in a pause (RFC 3389 §4), and while it holds
    us, when many telephones send nothing. `reports` = when its last two RTCP reports came: these go on
    meanwhile (RFC 3264 §8.4, RFC 3550 §6.2).
    """

    heard_at: float
    may_rest: bool = False
    reports: tuple[float, float] = (NEVER, NEVER)

    def is_over(self, rules: SilenceRules, now: float) -> bool:
        """Whether the party counts as gone."""
        return now >= self._due(rules)

    def _due(self, rules: SilenceRules) -> float:
        if not self.may_rest:
            return self.heard_at + rules.timeout_s
        before, last = self.reports
        if before >= self.heard_at:  # one report may have been on its way; who sends two goes on
            return last + max(rules.timeout_s, REPORTS_S)
        return max(self.heard_at, last) + max(rules.timeout_s, rules.rest_s)
