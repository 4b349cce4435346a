"""Values in words, and what may be a secret in none."""

from typing import Any

import pytest

from pbx.versions.values import HIDDEN, MAX_SHOWN, flat, is_secret, shown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        ([], "nothing"),
        (0, "0"),
        (False, "false"),
        (25.0, "25"),
        ("3 min", "3 min"),
        ("Thank you.", '"Thank you."'),
        (["1001", "1002"], "1001, 1002"),
        ({"verdict": ["failed"], "attestation": []}, "verdict: failed"),
        ([{"mode": "always", "trunk": None}], "(mode: always)"),
        ("x" * 4 + " " + "y" * 200, '"' + ("xxxx " + "y" * 200)[: MAX_SHOWN - 3] + '..."'),
    ],
)
def test_words(value: Any, words: str) -> None:
    assert shown(value) == words


@pytest.mark.parametrize(
    ("value", "path", "words"),
    [
        ("4711", ("pin",), HIDDEN),
        ("k" * 20, ("media_stream", "parameters", "token"), HIDDEN),
        ("abc", ("header", "value"), HIDDEN),
        ("secrets/carrier", ("account", "secret_file"), "secrets/carrier"),
        ({"pin": "4711", "number": "800"}, (), f"pin: {HIDDEN}, number: 800"),
        (
            "postgresql:" + "//pbx:hunter2@db.example:5432/pbx",
            ("database", "url"),
            "postgresql://db.example:5432/...",
        ),
        ("wss://bot.example/call?key=hunter2", ("media_stream", "url"), "wss://bot.example/..."),
        (["https://a.example/hook/hunter2"], ("urls",), "https://a.example/..."),
        ("https://[hunter2", ("url",), HIDDEN),
    ],
)
def test_secrets_are_in_none(value: Any, path: tuple[str, ...], words: str) -> None:
    assert shown(value, path) == words


def test_whether_something_is_typed_unheard_is_no_secret() -> None:
    assert shown(True, ("secret",)) == "true"
    assert is_secret(("step", "secret"))


def test_lists_and_what_is_empty_are_values() -> None:
    assert dict(flat({"a": {"b": 1, "c": [1, 2]}, "d": {}})) == {
        ("a", "b"): 1,
        ("a", "c"): [1, 2],
        ("d",): {},
    }
