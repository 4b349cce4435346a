"""Mistakes of trunks and groups, each with its place."""

import shutil
from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load
from tests.config.conftest import Spoil

TRUNKS = "acme/trunks.yaml"
OUT = "    outbound: {host: 127.0.0.2, port: 5070}\n"
END = "    caller_id: 01632 960100\n"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("    register: {expires: 1h}\n", "register: needs an account"),
        ("    identify: {line: true}\n", "identify.line: needs register: the line is in our Contact"),
        ("    health: {interval: 10s, timeout: 20s}\n", "health: timeout is longer than interval"),
        ("    failover: {next: [486], stop: [486]}\n", "failover: 486 is in both next and stop"),
        ("  empty: {}\n", "trunks.empty: no call can come from this trunk or go to it"),
        ("  deaf: {source: [10.9.9.9/32], health: {}}\n", "deaf.health: needs an outbound host"),
        ("  b: {source: [127.0.0.2/32]}\n", "trunks.b.source.0: 127.0.0.2/32 belongs to another trunk"),
        ("  w: {source: [10.9.9.9/32, 0.0.0.0/2]}\n", "trunks.w.source.1: 0.0.0.0/2 is too wide"),
        ("  w: {source: ['::/0']}\n", "trunks.w.source.0: ::/0 is too wide"),
        ("    max_calls: 0\n", "max_calls: "),
        ("    tls: {name: sip.carrier.example}\n", "carrier.tls: says nothing about calls over udp"),
        (
            "  c: {identify: {certificate: sip.c.example}}\n",
            "trunks.c.identify.certificate: needs a listener for tls or wss, see sip.listeners of pbx.yaml",
        ),
        (
            "  t: {outbound: {host: 10.9.9.9, transport: tls}}\n",
            "t.outbound.transport: tls needs tls.name: an address proves nothing",
        ),
        (
            "groups: {pstn: {members: [{trunk: carier}]}}\n",
            "there is no trunk carier (did you mean carrier?)",
        ),
        ("groups: {carrier: {members: [{trunk: carrier}]}}\n", "there is a trunk carrier already"),
        (
            "groups: {pstn: {members: [{trunk: carrier}, {trunk: carrier}]}}\n",
            "members.1.trunk: carrier is in the group already",
        ),
        (
            "  in: {source: [10.9.9.9/32]}\ngroups: {pstn: {members: [{trunk: in}]}}\n",
            "members.0.trunk: the trunk in has no outbound address",
        ),
    ],
)
@pytest.mark.requirement("F-07")
def test_a_mistake_and_its_place(spoil: Spoil, more: str, problem: str) -> None:
    (line,) = spoil(TRUNKS, END, END + more)
    assert problem in line


@pytest.mark.requirement("SIP-22")
def test_two_trunks_that_one_call_could_be_of_are_both_named(spoil: Spoil) -> None:
    more = "  a: {identify: {domain: x.example}}\n  b: {identify: {number: '7'}}\n"
    place, problem = "config/acme/trunks.yaml:", "it can be mistaken for another trunk"
    assert spoil(TRUNKS, END, END + more) == [
        f"{place}7:3: trunks.a: told by its domain, {problem} (see {place}2)",
        f"{place}8:3: trunks.b: told by its number, {problem} (see {place}2)",
        f"{place}8:3: trunks.b: told by its number, {problem} (see {place}7)",
    ]


def test_trunks_of_two_tenants_are_held_against_each_other(folder: Path) -> None:
    shutil.copytree(folder / "acme", folder / "bolt")
    for name, old, new in (
        ("tenant.yaml", "acme", "bolt"),
        ("trunks.yaml", "source: [127.0.0.2/32]", "identify: {user: carrier}"),
    ):
        file = folder / "bolt" / name
        file.write_text(file.read_text().replace(old, new))
    assert load(folder).warnings == ()
    (folder / "acme" / "trunks.yaml").write_text((folder / "bolt" / "trunks.yaml").read_text())
    with pytest.raises(ConfigProblems) as caught:
        load(folder)
    assert [str(error) for error in caught.value.errors] == [
        "config/bolt/trunks.yaml:2:3: trunks.carrier: told by its user, it can be mistaken for another trunk"
        " (see config/acme/trunks.yaml:2)"
    ]


def test_a_group_carries_the_calls_of_a_rule(folder: Path) -> None:
    trunks, plan = folder / "acme" / "trunks.yaml", folder / "acme" / "dialplan.yaml"
    trunks.write_text(trunks.read_text() + "groups: {pstn: {members: [{trunk: carrier}]}}\n")
    plan.write_text(plan.read_text().replace("trunk: carrier", "trunk: pstn"))
    rules = load(folder).tenants["acme"].rules
    assert rules.outbound is not None and rules.emergency is not None
    assert (rules.outbound.trunk, rules.emergency.trunk) == ("pstn", "pstn")
    assert rules.outbound.caller_id == ""  # each trunk of a group shows its own


def test_a_rule_names_a_trunk_or_a_group(spoil: Spoil) -> None:
    (line,) = spoil("acme/dialplan.yaml", "emergency: {trunk: carrier}", "emergency: {trunk: carier}")
    assert "there is no trunk carier (did you mean carrier?)" in line
