"""What the supervisor says of a child that does not start: the last line of its log."""

from pathlib import Path

import pytest

from pbx.child_process import last_line, log_of
from pbx.children import Child
from pbx.config.places import Places

CHILD = Child(name="vault", argv=())


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("", "it said nothing"),
        ("a first line\na traceback ends\n", "a traceback ends"),
        ("2026-01-02 03:04:05,678 ERROR pbx.app the port is taken\n", "the port is taken"),
        ("2026-01-02 03:04:05 [error    ] the token is not there\n", "the token is not there"),
        ("2026-01-02 03:04:05 [error    ] keys are gone         keys=/x\n", "keys are gone         keys=/x"),
        ("2026-01-02 03:04:05 [info     ] vault serves\n", "2026-01-02 03:04:05 [info     ] vault serves"),
    ],
)
def test_it_is_the_message(tmp_path: Path, log: str, said: str) -> None:
    places = Places(tmp_path)
    places.make()
    Path(log_of(CHILD, places)).write_text(log)
    assert last_line(CHILD, places) == said
