"""What an error looks like to the person who has to act on it."""

from pbx.core.errors import ConfigError, ParseError, StorageError


def test_a_config_error_is_one_line_with_place_and_remedy() -> None:
    error = ConfigError("pbx.yaml", 4, 3, "sip.prot", "unknown key prot", "did you mean port?")
    assert str(error) == "pbx.yaml:4:3: sip.prot: unknown key prot (did you mean port?)"
    assert (
        str(ConfigError("pbx.yaml", 1, 1, "", "the file is missing")) == "pbx.yaml:1:1: the file is missing"
    )


def test_errors_carry_what_follows_from_them() -> None:
    assert ParseError("bad").status == 400
    assert ParseError("bad", status=0).status == 0
    assert StorageError("full", retryable=True).retryable
