"""`pbx explain`: where a call would go, and what would happen to it."""

import json

import pytest

from pbx.cli.main import run
from pbx.config.places import Places

Capsys = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("words", "last"),
    [
        (["01632960100"], "-> flow support"),
        (["01632960101", "--from", "carrier"], "-> extension 1003"),
        (["1002", "--from", "1001"], "-> extension 1002"),
        (["1002"], "-> 404 Not Found"),
        (["01632960100", "--verdict", "failed"], "-> flow support"),
        (["999", "--from", "1001"], "-> emergency by trunk carrier"),
        (["999"], "-> emergency by trunk carrier"),
        (["9112"], "-> emergency by trunk carrier"),
        (["907700900123", "--from", "1001"], "-> trunk carrier"),
    ],
)
def test_explain(places: Places, words: list[str], last: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", *words, "--config", str(places.base / "config")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == last
    assert lines[0].startswith("from ")


@pytest.mark.parametrize(
    ("number", "viewpoint"),
    [
        ("999", "--from is not given: extension 1001 stands for every telephone"),
        ("1002", "--from is not given: trunk carrier stands for the network"),
    ],
)
def test_explain_says_whose_call_it_assumes(
    places: Places, number: str, viewpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", number, "--config", str(places.base / "config")]) == 0
    assert capsys.readouterr().out.splitlines()[1] == viewpoint


@pytest.mark.parametrize(
    ("caller", "hint"),
    [
        ("9999", "there is carrier, 1001, 1002, 1003"),
        ("10011", "did you mean 1001?"),
        ("carier", "did you mean carrier?"),
    ],
)
def test_explain_refuses_a_caller_that_is_not_there(
    places: Places, caller: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", "999", "--from", caller, "--config", str(places.base / "config")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"pbx: --from {caller}: tenant acme has no such extension or trunk ({hint})\n"


def test_explain_names_the_rule(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    config = ["--config", str(places.base / "config")]
    assert run(["explain", "1002", "--from", "1001", "--json", *config]) == 0
    assert '"config/acme/extensions.yaml:' in capsys.readouterr().out
    assert run(["explain", "1002", "--tenant", "globex", *config]) == 1
    assert capsys.readouterr().err == "pbx: no tenant globex: there is acme\n"


@pytest.mark.requirement("SIP-23")
def test_explain_says_which_trunks_in_which_order(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    folder = places.base / "config" / "acme"
    members = "{trunk: spare, priority: 2}, {trunk: second, weight: 1}, {trunk: carrier, weight: 3}"
    trunks = (folder / "trunks.yaml").read_text()
    for name, host in (("spare", "127.0.0.3"), ("second", "127.0.0.4")):
        trunks += f"  {name}: {{outbound: {{host: {host}}}}}\n"
    (folder / "trunks.yaml").write_text(f"{trunks}groups: {{pstn: {{members: [{members}]}}}}\n")
    plan = folder / "dialplan.yaml"
    plan.write_text(plan.read_text().replace("emergency: {trunk: carrier}", "emergency: {trunk: pstn}"))
    assert run(["explain", "999", "--config", str(places.base / "config")]) == 0
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "trunk carrier: priority 1, weight 3",
        "trunk second: priority 1, weight 1",
        "trunk spare: priority 2, weight 1",
        "-> emergency by trunk pstn",
    ]


def test_explain_supposes_a_verdict(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    config = places.base / "config"
    plan = config / "acme/dialplan.yaml"
    choice = "01632 960100: [{when: {attestation: A}, extension: 1003}, {flow: support}]"
    plan.write_text(plan.read_text().replace("01632 960100: {flow: support}", choice))
    assert run(["explain", "01632960100", "--attestation", "A", "--config", str(config)]) == 0
    said = capsys.readouterr().out
    assert "the calling number has the verdict passed, attestation A\n" in said
    assert said.endswith(", when attestation A\n-> extension 1003\n")
    wrong = ["explain", "01632960100", "--verdict", "none", "--attestation", "A", "--config", str(config)]
    assert run(wrong) == 1
    assert "only a call with --verdict passed has one" in capsys.readouterr().err


def story(places: Places, capsys: Capsys, *words: str) -> str:
    assert run(["explain", *words, "--config", str(places.base / "config")]) == 0
    return capsys.readouterr().out


def test_a_course_tells_the_whole_call(places: Places, capsys: Capsys) -> None:
    said = story(
        places,
        capsys,
        "01632960100",
        *("--from", "07700900123", "--at", "2026-12-25 10:00", "--press", "03021980", "--verified"),
        *("--answers", "1001", "--busy", "1002"),
    )
    in_order = (
        "    0.0s +447700900123 calls 01632960100 by trunk carrier, 2026-12-25 10:00 UTC\n",
        "config/acme/dialplan.yaml:2: did +441632960100 -> flow support\n",
        "rule of recording GB: notify (caller in GB by number)\n",
        "the caller presses 03021980\n",
        "config/acme/flows/support.yaml:13: step agents: rings group/support for 25 s\n",
        "1002 refuses (486 busy)\n",
        "the caller and 1001 talk\n",
        "verification: V2\n-> flow support\n",
    )
    places_of = [said.index(one) for one in in_order]
    assert places_of == sorted(places_of)


def test_who_has_no_telephone_is_not_called(places: Places, capsys: Capsys) -> None:
    words = ("01632960101", "--from", "07700900123", "--json", "--away", "1003")
    said = json.loads(story(places, capsys, *words))
    assert said["rings"] == [] and said["record"]["cause"] == "480"


def test_a_database_that_knows_nobody_verifies_nobody(places: Places, capsys: Capsys) -> None:
    words = ("01632960100", "--from", "07700900123", "--json", *("--press", "03021980") * 3)
    said = json.loads(story(places, capsys, *words))
    assert (said["verification"], said["rings"], said["message"]) == ("V0", ["1001", "1002"], "support")


@pytest.mark.parametrize(
    ("down", "level", "recorded", "said"),
    [
        ((), "V2", "recorded", ""),
        (("database",), "V0", "recorded", "the database is down: nobody can be verified"),
        (("spool",), "V2", "failed", "the spool takes nothing: no recording can begin"),
        (
            ("object_store",),
            "V2",
            "recorded",
            "the object store is down: recordings wait in the spool, the call is as ever",
        ),
        (
            ("customers",),
            "V2",  # the sample has none
            "recorded",
            "the servers of customers are down: on_outage of customers.yaml says what then",
        ),
        (("database", "spool"), "V0", "failed", "the spool takes nothing: no recording can begin"),
    ],
)
def test_what_is_down_is_supposed_and_said(
    places: Places, down: tuple[str, ...], level: str, recorded: str, said: str, capsys: Capsys
) -> None:
    words = [
        "01632960100",
        *("--from", "07700900123", "--press", "03021980", "--verified", "--answers", "1001"),
        *(word for one in down for word in ("--down", one)),
    ]
    lines = story(places, capsys, *words).splitlines()
    assert f"verification: {level}" in lines[-2]
    assert f"recording: {recorded}" in lines[-2]
    assert (lines[len(down) - 1] == said) if down else lines[0].startswith("    0.0s ")


def test_what_is_down_alone_has_the_whole_call_told(places: Places, capsys: Capsys) -> None:
    said = json.loads(story(places, capsys, "1002", "--from", "1001", "--down", "database", "--json"))
    assert said["assumed"] == ["the database is down: nobody can be verified"]
    assert said["rings"] == ["1002"]
    assert run(["explain", "1002", "--down", "moon", "--config", str(places.base / "config")]) == 2
    assert '"database", "spool", "object_store"' in capsys.readouterr().err


def test_keys_that_nobody_asks_for_are_said(places: Places, capsys: Capsys) -> None:
    said = story(places, capsys, "1002", "--from", "1001", "--press", "5")
    assert said.endswith("nobody asked for 5\n-> extension 1002\n")


def test_who_is_assumed_is_said_before_a_story_too(places: Places, capsys: Capsys) -> None:
    said = story(places, capsys, "01632960101", "--at", "2026-12-25 10:00")
    assert said.startswith("--from is not given: trunk carrier stands for the network\n")
    assert "somebody without a number calls 01632960101" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--at", "tomorrow"], '--at tomorrow: expected a time such as "2026-12-25 10:00"'),
        (["--press", "12a"], "--press 12a: expected 1 to 32 of 0-9, * and #"),
        (["--press", "1" * 33], "expected 1 to 32 of 0-9"),
        (
            ["--answers", "1020"],
            "--answers 1020: tenant acme has no such extension or trunk (did you mean 100",
        ),
        (
            ["--busy", "carier"],
            "--busy carier: tenant acme has no such extension or trunk (did you mean carrier?)",
        ),
        (["--attestation", "A", "--verdict", "failed"], "only a call with --verdict passed has one"),
    ],
)
def test_what_makes_no_sense_is_refused(places: Places, words: list[str], said: str, capsys: Capsys) -> None:
    assert run(["explain", "01632960100", *words, "--config", str(places.base / "config")]) == 1
    assert said in capsys.readouterr().err


ORDERS = """flow: support
start: ask
steps:
  ask: {http: {server: s, path: /, take: {state: /s}}, next: by, not_found: no, failed: no}
  by: {match: state, cases: [{is: shipped, then: yes}], otherwise: no}
  yes: {hang_up: It was shipped.}
  no: {hang_up: We do not know.}
"""


@pytest.fixture
def asking(places: Places) -> Places:
    tenant = places.base / "config" / "acme"
    (tenant / "servers.yaml").write_text("servers: {s: {url: 'https://s.example'}}\n")
    (tenant / "flows" / "support.yaml").write_text(ORDERS)
    return places


@pytest.mark.requirement("IVR-04")
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (("--answer", "ask=state:shipped"), "It was shipped."),
        (("--answer", "support.ask=state:lost"), "We do not know."),
        (("--answer", "ask=not_found"), "outcome not_found"),
        ((), "outcome failed, reason no answer of it is supposed"),
    ],
)
def test_what_a_program_says_is_supposed(
    asking: Places, answer: tuple[str, ...], said: str, capsys: Capsys
) -> None:
    assert said in story(asking, capsys, "01632960100", "--from", "07700900123", *answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("asks=failed", "no program is asked by a step asks (did you mean ask?)"),
        ("ask", "no program is asked by a step"),
        ("ask=lost", "the outcomes are next, failed, not_found; values are NAME:VALUE,..."),
        ("ask=stat:lost", "the step takes state, of at most 64 characters"),
        ("ask=state:" + "x" * 65, "the step takes state, of at most 64 characters"),
    ],
)
def test_an_answer_that_no_program_gives(asking: Places, answer: str, said: str, capsys: Capsys) -> None:
    config = ["--config", str(asking.base / "config")]
    assert run(["explain", "01632960100", "--answer", answer, *config]) == 1
    assert said in capsys.readouterr().err
