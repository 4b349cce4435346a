"""All kinds of steps: each is written in one way, and its key stands in its model."""

from pbx.config.step_kinds import STEP_KINDS


def test_the_key_of_a_step_is_a_field_of_its_model() -> None:
    for key, kind in STEP_KINDS.items():
        names = {field.alias or name for name, field in kind.written.model_fields.items()}
        assert key in names, key


def test_no_two_keys_are_written_alike() -> None:
    assert len({kind.written for kind in STEP_KINDS.values()}) == len(STEP_KINDS)
