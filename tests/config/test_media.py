"""`media` as it is written."""

import pytest
from pydantic import ValidationError

from pbx.config.media import WrittenMedia
from pbx.config.models import RtpSettings
from pbx.sip.negotiation import MediaProfile


def test_what_nothing_is_said_about() -> None:
    assert WrittenMedia().profile() == MediaProfile(
        codecs=("opus", "G722", "PCMA", "PCMU", "G729"), srtp="optional", offers="osrtp"
    )


def test_who_requires_encryption_offers_it() -> None:
    written = WrittenMedia.model_validate({"codecs": ["PCMA"], "srtp": "required"})
    assert written.profile() == MediaProfile(codecs=("PCMA",), srtp="required", offers="sdes")


@pytest.mark.requirement("MED-08")
@pytest.mark.parametrize("srtp", ["optional", "required"])
def test_a_telephone_may_be_called_by_dtls(srtp: str) -> None:
    written = WrittenMedia.model_validate({"srtp": srtp, "keying": "dtls"})
    assert written.profile().offers == "dtls"


def test_keys_by_dtls_are_no_way_to_have_none() -> None:
    with pytest.raises(ValidationError, match="needs srtp: optional or required"):
        WrittenMedia.model_validate({"srtp": "off", "keying": "dtls"})
    with pytest.raises(ValidationError):
        WrittenMedia.model_validate({"keying": "zrtp"})


@pytest.mark.parametrize("codecs", [[], ["PCMA", "PCMA"], ["pcma"], ["G723"], "PCMA"])
def test_codecs_are_a_list_of_names_that_we_know(codecs: object) -> None:
    with pytest.raises(ValidationError):
        WrittenMedia.model_validate({"codecs": codecs})


@pytest.mark.requirement("S-35")
def test_only_a_lab_has_telephones_on_its_own_address() -> None:
    lab, office = RtpSettings(), RtpSettings(host="192.0.2.7", allow_peers=("169.254.0.0/16",))
    assert lab.peers.objection("127.0.0.1", 20000) == ""
    assert lab.peers.objection("224.0.0.1", 20000) != ""
    assert "own" in office.peers.objection("192.0.2.7", 20000)
    assert "loopback" in office.peers.objection("127.0.0.1", 20000)
    assert office.peers.objection("169.254.3.4", 20000) == ""


@pytest.mark.requirement("MED-13")
def test_noise_and_level_of_a_party_are_left_alone_unless_somebody_says_so() -> None:
    assert WrittenMedia().profile().treatment == ()
    assert WrittenMedia.model_validate({"denoise": True}).profile().treatment == ("denoise",)
    assert WrittenMedia.model_validate({"agc": True, "denoise": True}).profile().treatment == (
        "denoise",
        "agc",
    )
    with pytest.raises(ValidationError):
        WrittenMedia.model_validate({"denoise": "loud"})


@pytest.mark.requirement("MED-12")
def test_direct_media_cannot_be_protected_or_treated() -> None:
    assert WrittenMedia().profile().direct is False
    assert WrittenMedia.model_validate({"direct": True}).profile().direct is True
    for also in ({"srtp": "required"}, {"keying": "dtls"}, {"denoise": True}, {"agc": True}):
        with pytest.raises(ValidationError, match="direct: true needs srtp: off or optional by SDES"):
            WrittenMedia.model_validate({"direct": True, **also})
