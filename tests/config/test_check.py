"""Names that lead nowhere, numbers that clash: each mistake of an admin at its place."""

from collections.abc import Callable

import pytest

Spoil = Callable[[str, str, str], list[str]]

CASES = [
    ("tenant.yaml", "tenant: acme", "tenant: acne", "tenant.yaml:1:9: tenant: the tenant and its folder"),
    ("tenant.yaml", "customers.csv", "clients.csv", "tenant.yaml:6:12: customers: there is no file"),
    ("tenant.yaml", "customers.csv", "../pbx.yaml", "tenant.yaml:6:12: customers: there is no file"),
    ("groups.yaml", "1002]", "1020]", "groups.yaml:2:44: groups.support.members.1: there is no extension"),
    ("lists.yaml", "1002]", "1012]", "lists.yaml:2:18: lists.agents.1: there is no extension 1012"),
    ("lists.yaml", "agents", "Agents", "expected a name of lower-case letters"),
    (
        "tenant.yaml",
        "language: en-GB",
        "watching: {parties: all}",
        "parties: expected 'hidden' or 'shown'",
    ),
    ("tenant.yaml", "language: en-GB", "watching: {partys: shown}", "(did you mean parties?)"),
    ("consent.yaml", "1002, ", "1009, ", "staff_notice.acknowledged.1: there is no extension 1009"),
    ("dialplan.yaml", "960101:", "960100:", "the key is written twice (first on line 2)"),
    ("dialplan.yaml", "01632 960101:", "+441632960100:", "+441632960100 has a rule already"),
    ("dialplan.yaml", "01632 960101:", "12345:", "12345 is not a telephone number"),
    ("dialplan.yaml", "extension: 1003", "extension: 1004", "there is no extension 1004"),
    ("dialplan.yaml", "{flow: echo}", "{flow: echo, extension: 1001}", "a flow, an extension or a queue"),
    ("dialplan.yaml", "{flow: echo}", "{}", "a flow, an extension or a queue"),
    ("dialplan.yaml", "{trunk: carrier}", "{trunk: carier}", "no trunk carier (did you mean carrier?)"),
    ("dialplan.yaml", "emergency: {trunk: carrier}", "", "the key emergency is missing"),
    ("trunks.yaml", "outbound: {host: 127.0.0.2, port: 5070}", "", "carrier has no outbound address"),
    ("trunks.yaml", "caller_id: 01632 960100", "caller_id: 01632", "01632 is not a telephone number"),
    ("trunks.yaml", "127.0.0.2/32", "127.0.0.2/8", "has host bits set"),
    ("extensions.yaml", "1003:", "999:", "extensions.999: 999 is an emergency number and comes first"),
    ("extensions.yaml", "1003:", "9112:", "9112 is an emergency number and comes first"),
    ("extensions.yaml", "1003:", "0103:", "expected 2 to 7 digits that do not start with 0"),
    ("recording.yaml", "announce_unrecorded ", "announce_unrecordd ", "did you mean announce_unrecorded?"),
    ("verification.yaml", "lock: 1d", "lock: 86400", "expected a duration with its unit"),
    ("consent.yaml", "notify_optout", "notfy", "(did you mean notify?)"),
    ("flows/echo.yaml", "flow: echo", "flow: support", "there are two flows support"),
    ("flows/support.yaml", "group/support", "group/suport", "(did you mean group/support?)"),
    ("flows/support.yaml", "voicemail: support", "voicemail: nobody", "there is no box nobody"),
    ("flows/support.yaml", "evidence]", "fraud]", "purposes.1: fraud is not a purpose of consent.yaml"),
    ("flows/support.yaml", "ring: group/support", "ring: [extension/1003, group/suport]", "ring.1: "),
    ("flows/support.yaml", "group/support", "{number: 07700 900999}", "whose call is it? write account"),
    ("flows/support.yaml", "group/support", "{number: 999, account: 1001}", "999 is an emergency number"),
    (
        "flows/support.yaml",
        "group/support",
        "{number: 01632 960101, account: 1001}",
        "is a number of ours: the call would begin anew",
    ),
    (
        "flows/support.yaml",
        "group/support",
        "[group/support, {number: 07700 900999, account: 1009}]",
        "ring.1.account: there is no extension 1009",
    ),
    ("flows/support.yaml", "group/support", "[{to: group/support, after: 25s}]", "never rings: after 25 s"),
    ("prompts/en-GB/index.yaml", "echo.wav:", "ecco.wav:", "there is no file prompts/en-GB/ecco.wav"),
]


@pytest.mark.requirement("F-07")
@pytest.mark.parametrize(("name", "old", "new", "expected"), CASES)
def test_mistake(spoil: Spoil, name: str, old: str, new: str, expected: str) -> None:
    lines = spoil(f"acme/{name}", old, new)
    assert any(expected in line for line in lines), lines


def test_a_broken_file_makes_no_false_complaints_about_others(spoil: Spoil) -> None:
    lines = spoil("acme/extensions.yaml", "{name: Alice}", "{nmae: Alice}")
    assert len(lines) == 2
    assert all(line.startswith("config/acme/extensions.yaml:") for line in lines)


def test_a_broken_flow_is_still_a_flow_of_that_name(spoil: Spoil) -> None:
    lines = spoil("acme/flows/echo.yaml", "echo: {echo:", "echo: {eccho:")
    assert len(lines) == 1 and "(did you mean echo?)" in lines[0]


@pytest.mark.requirement("F-07")
def test_a_file_that_fails_its_schema_is_still_held_against_the_others(spoil: Spoil) -> None:
    spoil("acme/dialplan.yaml", "{extension: 1003}", "{extention: 1003}")
    spoil("acme/dialplan.yaml", "{flow: echo}", "{flow: ecco}")
    spoil("acme/dialplan.yaml", "01632 960102", "12345")
    lines = spoil(
        "acme/dialplan.yaml", 'outbound: {trunk: carrier, prefix: "9"}', "outbound: {trunk: carier}"
    )
    assert [line.partition(": ")[2] for line in lines] == [
        "inbound.01632 960101.extention: unknown key extention (did you mean extension?)",
        "inbound.12345: 12345 is not a telephone number",
        "inbound.12345.flow: there is no flow ecco (did you mean echo?)",
        "outbound.trunk: there is no trunk carier (did you mean carrier?)",
    ]


SECOND_MISTAKES = [
    ("dialplan.yaml", "emergency: {trunk: carrier}", "", "{flow: echo}", "{flow: ecco}", "no flow ecco"),
    ("dialplan.yaml", "emergency: {trunk:", "emergency: {trunkk:", "{flow: echo}", "{flow: ecco}", "no flow"),
    ("tenant.yaml", "timezone:", "timezon:", "customers.csv", "clients.csv", "there is no file clients.csv"),
    ("groups.yaml", "{name:", "{nmae:", "1002]", "1020]", "there is no extension 1020"),
    ("groups.yaml", "[1001, ", "[0103, ", "1002]", "1020]", "there is no extension 1020"),
    ("consent.yaml", "version:", "versoin:", "1002, ", "1009, ", "there is no extension 1009"),
    ("trunks.yaml", "trusted: true", "trusted: yes", "01632 960100", "01632", "01632 is not a telephone"),
    ("flows/support.yaml", "say:", "sya:", "group/support", "group/suport", "did you mean group/support?"),
    ("flows/support.yaml", "start:", "strat:", "voicemail: support", "voicemail: nobody", "no box nobody"),
    ("flows/support.yaml", "start:", "strat:", "busy: message", "busy: mesage", "no step mesage"),
]


@pytest.mark.requirement("F-07")
@pytest.mark.parametrize(("name", "old", "new", "old_2", "new_2", "expected"), SECOND_MISTAKES)
def test_a_mistake_hides_no_second_one(
    spoil: Spoil, name: str, old: str, new: str, old_2: str, new_2: str, expected: str
) -> None:
    first = spoil(f"acme/{name}", old, new)
    both = spoil(f"acme/{name}", old_2, new_2)
    assert 1 <= len(first) <= 2
    assert {line for line in both if line in first} == set(first)
    (more,) = [line for line in both if line not in first]
    assert expected in more
