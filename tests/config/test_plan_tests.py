"""Files of tests: read by the strict reader, every mistake at its place."""

from pathlib import Path

import pytest

from pbx.config import plan_tests
from pbx.config.plan_tests import WrittenTest, read_tests

HEAD = "tests:\n  a first test:\n    from: 07700 900123\n    to: 01632 960100\n"
GOOD = HEAD + "    expect: {route: flow support}\n"


def read(folder: Path, text: str, name: str = "a.yaml") -> list[str]:
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests" / name).write_text(text)
    return [str(error) for error in read_tests(folder, "acme")[1]]


def test_a_test_knows_its_line_and_those_of_its_expectations(tmp_path: Path) -> None:
    assert (
        read(
            tmp_path,
            GOOD + "  a second one:\n    from: 1001\n    to: 1002\n    expect:\n      rings: [1002]\n",
        )
        == []
    )
    (source,) = read_tests(tmp_path, "acme")[0]
    first, second = source.tests
    assert (first.place, first.places["route"]) == ("acme/tests/a.yaml:2", "acme/tests/a.yaml:5")
    assert (second.place, second.places["rings"]) == ("acme/tests/a.yaml:6", "acme/tests/a.yaml:10")
    assert second.written.expect.rings == ("1002",)


def test_a_tenant_need_not_have_tests(tmp_path: Path) -> None:
    assert read_tests(tmp_path, "acme") == ((), [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD + "    expct: {route: x}\n",
            "6:5: tests.a first test.expct: unknown key expct (did you mean expect?)",
        ),
        (HEAD + "    expect: {}\n", "5:13: tests.a first test.expect: expects nothing"),
        (HEAD, "3:5: tests.a first test: the key expect is missing"),
        (GOOD + "    at: 2026-13-01 10:00\n", "6:9: tests.a first test.at: expected a time such as"),
        (GOOD + "    phones: {1001: bussy}\n", "did you mean busy?"),
        (
            GOOD + "    phones: {1001: {answers: 5s, refuses: 486}}\n",
            "expected one of answers, refuses and away",
        ),
        (GOOD + "    phones: {1001: {hangs_up: 5s}}\n", "hangs_up needs answers"),
        (GOOD + "    phones: {1001: {after: 5s}}\n", "after needs refuses"),
        (GOOD + '    replies: ["12a"]\n', "6:15: tests.a first test.replies.0"),
        (GOOD + "    replies: [{press: 1, say: one}]\n", "expected press or say"),
        (GOOD + "    replies: [{press: 1, during: true}]\n", "during needs `to`"),
        (GOOD + "    database: dwn\n", "did you mean down?"),
        (GOOD + "    verdict: failed\n    attestation: A\n", "only a verdict that passed has an attestation"),
        (
            "customers: {ada: {phone: 07700 900123, date_of_birth: 1980-02-30}}\n" + GOOD,
            "expected a day such as",
        ),
        ("tests: {}\n", "too few entries"),
    ],
)
def test_every_mistake_has_its_place(tmp_path: Path, text: str, said: str) -> None:
    (error,) = read(tmp_path, text)
    assert error.startswith("acme/tests/a.yaml:") and said in error


def test_lists_have_limits(tmp_path: Path) -> None:
    steps = ", ".join(f"s{i}" for i in range(plan_tests.MAX_LISTED + 1))
    (error,) = read(tmp_path, HEAD + f"    expect: {{path: [{steps}]}}\n")
    assert "too many entries" in error


def test_files_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_tests, "MAX_FILES", 1)
    assert read(tmp_path, GOOD) == []
    assert read(tmp_path, GOOD, "b.yaml") == ["acme/tests:1:1: more than 1 files of tests"]


def test_words_stand_for_what_telephones_do() -> None:
    phones = {"1001": "rings", "1002": "busy", "1003": "declines", "1004": "away"}
    written = WrittenTest.model_validate(
        {"from": "1001", "to": "1002", "phones": phones, "expect": {"recording": False}}
    )
    assert [(one.refuses, one.away) for one in written.phones.values()] == [
        (None, False),
        (486, False),
        (603, False),
        (None, True),
    ]
