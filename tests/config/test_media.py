"""`media` as it is written."""

import re

import pytest
from pydantic import ValidationError

from pbx.config.media import WrittenMedia
from pbx.config.models import RtpSettings
from pbx.core.srtp import DTLS_SUITES
from pbx.sip.media_security import SUITES
from pbx.sip.negotiation import MediaProfile
from tests.config.conftest import SAMPLE, Spoil


def test_what_nothing_is_said_about() -> None:
    assert WrittenMedia().profile() == MediaProfile(
        codecs=("opus", "G722", "PCMA", "PCMU", "G729"), srtp="optional", offers="osrtp", nat="strict"
    )


def test_who_requires_encryption_offers_it() -> None:
    written = WrittenMedia.model_validate({"codecs": ["PCMA"], "srtp": "required"})
    assert written.profile() == MediaProfile(codecs=("PCMA",), srtp="required", offers="sdes", nat="strict")


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


@pytest.mark.requirement("MED-07")
def test_suites_are_all_unless_somebody_says_which_and_in_what_order() -> None:
    assert WrittenMedia().profile().suites == ()
    wanted = ["AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_80"]
    profile = WrittenMedia.model_validate({"srtp_suites": wanted}).profile()
    assert profile.suites == ("AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_80") and profile.may_use_dtls


@pytest.mark.requirement("MED-07")
@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ({"srtp_suites": []}, "at least 1 item"),
        ({"srtp_suites": ["AEAD_AES_128_GCM"] * 2}, "twice"),
        ({"srtp_suites": "AEAD_AES_128_GCM"}, "tuple"),
        ({"srtp_suites": ["AES_CM_128_HMAC_SHA1_80"], "srtp": "off"}, "needs srtp: optional or required"),
        (
            {"srtp_suites": ["AES_256_CM_HMAC_SHA1_80"], "keying": "dtls"},
            "keying: dtls needs one of AEAD_AES",
        ),
    ],
)
def test_suites_that_can_never_be_agreed_on_are_a_mistake(written: dict[str, object], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        WrittenMedia.model_validate(written)


@pytest.mark.requirement("MED-07")
def test_a_suite_that_nobody_knows_is_named_with_its_place_and_the_nearest_one(spoil: Spoil) -> None:
    changed = "  1001: {name: Alice, media: {srtp_suites: [AEAD_AES_256_GMC]}}"
    (problem,) = spoil("acme/extensions.yaml", "  1001: {name: Alice}", changed)
    assert "acme/extensions.yaml:3:45: extensions.1001.media.srtp_suites.0: expected 'AES_CM_" in problem
    assert problem.endswith("(did you mean AEAD_AES_256_GCM?)")


def test_the_reference_page_names_every_key_and_every_suite_in_our_order() -> None:
    page = (SAMPLE.parent / "docs" / "admin.md").read_text().partition("## Audio: codecs")[2]
    table, text = page.partition("\n\n* **")[::2]
    assert {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")} == set(
        WrittenMedia.model_fields
    )
    listed = text.partition("* **Suites.**")[2].partition("Without it the order is")[2].partition(".")[0]
    assert tuple(re.findall(r"`(\w+)`", listed)) == SUITES
    by_dtls = text.partition("which has")[2].partition("(without a list")[0]
    assert tuple(re.findall(r"`(\w+)`", by_dtls)) == DTLS_SUITES
