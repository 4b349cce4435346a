"""What a question gives names to, and what follows when nobody answers it."""

import pytest

from pbx.ivr.spoken_steps import Collect, Menu


@pytest.mark.parametrize("secret", [True, False])
def test_what_is_collected_in_secret_has_no_open_name(secret: bool) -> None:
    step = Collect(
        text="?",
        variable="card",
        min_digits=1,
        max_digits=2,
        next="a",
        fallback="b",
        invalid_text="!",
        secret=secret,
    )
    assert (step.secret_names, step.open_names) == ((("card",), ()) if secret else ((), ("card",)))
    assert step.unattended == ("b",)


def test_who_presses_nothing_goes_otherwise() -> None:
    assert Menu(text="?", keys={"1": "a"}, fallback="c", invalid_text="!").unattended == ("c",)
