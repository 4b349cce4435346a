"""What a message says of a key that is missing."""

import pytest
from pydantic import BaseModel

from pbx.config.consent import ConsentSettings
from pbx.config.meaning import about, meaning, required
from pbx.config.models import TenantSettings
from pbx.config.schema import DialplanFile, ExtensionsFile


@pytest.mark.parametrize(
    ("model", "key", "said"),
    [
        (TenantSettings, "timezone", "such as timezone: Europe/London"),
        (DialplanFile, "emergency", "such as emergency: {trunk: carrier}"),
        (ConsentSettings, "staff_notice", "such as staff_notice: {version: 2026-01}"),
        (ExtensionsFile, "name", "such as name: Reception"),
    ],
)
def test_how_a_key_is_written(model: type[BaseModel], key: str, said: str) -> None:
    assert required(model, key) == said


def test_nothing_is_said_of_what_may_be_left_out_or_is_unknown() -> None:
    assert required(TenantSettings, "language") == ""
    assert required(TenantSettings, "surname") == ""


def test_words_of_a_key_and_of_a_section() -> None:
    assert meaning(TenantSettings, "domain").words
    assert meaning(TenantSettings, "surname").words == ""
    assert about(ConsentSettings) == "What of consent to recording is the tenant's own decision."
