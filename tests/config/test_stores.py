"""Where checkpoints go when nobody says it."""

import pytest
from pydantic import ValidationError

from pbx.config.stores import AuditSettings, LocalCheckpoints, LocalStore, S3Store

S3 = {"kind": "s3", "endpoint": "https://s3.example", "bucket": "far"}
KEYS = {"access_key_file": "a", "secret_key_file": "b"}


def test_without_a_word_they_go_into_the_bucket_or_beside_the_directory() -> None:
    bucket = S3Store.model_validate({**S3, **KEYS})
    assert AuditSettings().place(bucket) == bucket
    assert AuditSettings().place(LocalStore()) == LocalCheckpoints()
    assert str(LocalCheckpoints().path) == "var/checkpoints"


def test_another_place_is_taken_whatever_the_recordings_have() -> None:
    local = AuditSettings.model_validate({"checkpoints": {"kind": "local", "path": "/mnt/far"}})
    far = AuditSettings.model_validate({"checkpoints": {**S3, **KEYS}, "lock": "compliance"})
    bucket = S3Store.model_validate({**S3, **KEYS, "bucket": "near"})
    assert str(local.place(bucket).model_dump()["path"]) == "/mnt/far"
    assert far.place(LocalStore()) == far.checkpoints
    assert (far.lock, far.lock_days) == ("compliance", 365)


@pytest.mark.parametrize("wrong", [{"lock": "forever"}, {"lock_days": 0}, {"lock_days": 3661}])
def test_a_lock_has_limits(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AuditSettings.model_validate(wrong)
