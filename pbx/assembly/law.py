"""The rules of recording of new calls: replaced while the process runs, never by older ones (C-03)."""

from pbx.config.rule_file import is_older
from pbx.consent.rules import ConsentRules
from pbx.core.audit import AuditFact
from pbx.core.errors import ConfigError

CHANGED = "consent.rules_changed"


class LawInForce:
    """One version at a time; a call keeps the one that it began with."""

    __slots__ = ("_rules",)

    def __init__(self, rules: ConsentRules) -> None:
        self._rules = rules

    def check(self, rules: ConsentRules) -> None:
        """Refuse what is older than the rules in force: ConfigError, and nothing has changed."""
        if is_older(rules.version, self._rules.version):
            said = f"the rules of {rules.version} are older than those in force, of {self._rules.version}"
            raise ConfigError(
                "pbx.yaml", 1, 1, "consent.rules_file", said, "go back by a new version, or restart"
            )

    def replace(self, rules: ConsentRules) -> AuditFact | None:
        """These are in force from now on; the fact of record, None = they are the same."""
        before, self._rules = self._rules, rules
        if rules.sha256 == before.sha256:
            return None
        said: dict[str, str | int | bool | None] = {"version": rules.version, "sha256": rules.sha256}
        return AuditFact(kind=CHANGED, details=said | {"before": before.version})
