"""`media` as it is written."""

import pytest
from pydantic import ValidationError

from pbx.config.media import WrittenMedia
from pbx.sip.negotiation import MediaProfile


def test_what_nothing_is_said_about() -> None:
    assert WrittenMedia().profile() == MediaProfile(
        codecs=("opus", "G722", "PCMA", "PCMU", "G729"), srtp="optional", offers="plain"
    )


def test_who_requires_encryption_offers_it() -> None:
    written = WrittenMedia.model_validate({"codecs": ["PCMA"], "srtp": "required"})
    assert written.profile() == MediaProfile(codecs=("PCMA",), srtp="required", offers="sdes")


@pytest.mark.parametrize("codecs", [[], ["PCMA", "PCMA"], ["pcma"], ["G723"], "PCMA"])
def test_codecs_are_a_list_of_names_that_we_know(codecs: object) -> None:
    with pytest.raises(ValidationError):
        WrittenMedia.model_validate({"codecs": codecs})
