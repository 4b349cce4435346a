"""Who is what, by what he has shown (§4.4)."""

import pytest

from pbx.verify.levels import level_of


@pytest.mark.parametrize(
    ("methods", "level"),
    [
        ((), "V0"),
        (("phone_number",), "V1"),
        (("typed_number",), "V0"),
        (("date_of_birth",), "V0"),
        (("account_number",), "V0"),
        (("phone_number", "date_of_birth"), "V2"),
        (("typed_number", "account_number"), "V2"),
        (("phone_number", "date_of_birth", "pin"), "V2"),
        (("phone_number", "pin"), "V1"),
        (("one_time_code",), "V3"),
        (("phone_number", "date_of_birth", "one_time_code"), "V3"),
    ],
)
def test_levels(methods: tuple[str, ...], level: str) -> None:
    assert level_of(methods) == level
