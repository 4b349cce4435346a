"""The contract in words: every part that a tenant has, and what decides."""

from pathlib import Path

import pytest

from pbx.config.contract import Clause, contract
from pbx.config.load import load
from pbx.core.dependency import Dependency
from tests.config.conftest import Spoil

SERVER = "sources: {crm: {http: {url: 'https://crm.example/{number}'}}}\n"


def clauses(folder: Path) -> dict[Dependency, list[Clause]]:
    config = load(folder)
    found: dict[Dependency, list[Clause]] = {}
    for one in contract(config, config.tenants["acme"]):
        found.setdefault(one.dependency, []).append(one)
    return found


@pytest.mark.requirement("HA-08")
def test_the_contract_of_the_sample(folder: Path) -> None:
    found = clauses(folder)
    assert set(found) == set(Dependency) - {
        Dependency.CUSTOMERS,
        Dependency.CODES,
        Dependency.WEBHOOK,
        Dependency.RECOGNISER,
    }
    (database,) = found[Dependency.DATABASE]
    assert database.written == "pbx.yaml degradation.database"
    assert "256 MB" in database.calls and "new calls get 503" in database.calls
    assert "both parties hear that it is not recorded" in found[Dependency.SPOOL][0].calls


@pytest.mark.parametrize(
    ("on_outage", "words"),
    [
        ("unverified", "callers stay unverified"),
        ("cached", "in the last 2h stands in"),
        ("agent", "go to an agent"),
    ],
)
def test_what_tenants_decide_is_said_as_they_did(folder: Path, on_outage: str, words: str) -> None:
    (folder / "acme" / "customers.yaml").write_text(f"{SERVER}keep: 2h\non_outage: {on_outage}\n")
    (customers,) = clauses(folder)[Dependency.CUSTOMERS]
    assert words in customers.calls and customers.written == "customers.yaml on_outage"


def test_a_purpose_of_its_own_has_a_line_of_its_own(folder: Path) -> None:
    file = folder / "acme" / "recording.yaml"
    file.write_text(file.read_text().replace("on_failure: {}", "on_failure: {evidence: refuse}"))
    _, evidence = clauses(folder)[Dependency.SPOOL]
    assert evidence.written == "recording.yaml on_failure.evidence"
    assert evidence.calls == "one recorded for evidence: it is refused with 503, or ends"


def test_what_is_lost_when_an_admin_wants_it_so(folder: Path, spoil: Spoil) -> None:
    assert spoil("pbx.yaml", "journal_mb: 256", "journal_mb: 10") == []
    assert spoil("pbx.yaml", "when_full: refuse_calls", "when_full: lose_facts") == []
    (database,) = clauses(folder)[Dependency.DATABASE]
    assert "10 MB" in database.calls and "the newest facts are lost" in database.calls
