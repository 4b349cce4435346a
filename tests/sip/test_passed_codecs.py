"""Codecs that are only passed on: when two descriptions of one mean the same packets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.passed_codecs import PASSED_THROUGH, fits, packet_ms, parameters_of, plain, with_parameters


@pytest.mark.rfc("4867", "8.1")
@pytest.mark.parametrize(
    ("fmtp", "full"),
    [
        ("", "AMR"),
        ("octet-align=0;crc=0; robust-sorting=0; mode-change-period=1", "AMR"),
        (" Octet-Align = 1 ;mode-set=7,0 , 2", "AMR;mode-set=0,2,7;octet-align=1"),
        ("mode-set=0,1,2,3,4,5,6,7", "AMR"),
        ("mode-set=4,4,4", "AMR;mode-set=4"),
        ("crc=1", "AMR;crc=1;octet-align=1"),
        ("octet-align=0; robust-sorting=1", "AMR;octet-align=1;robust-sorting=1"),
        ("interleaving=30", "AMR;interleaving=30;octet-align=1"),
        ("mode-change-capability=2; max-red=0", "AMR;mode-change-capability=2"),
        ("mode-change-period=2;mode-change-neighbor=1", "AMR;mode-change-neighbor=1;mode-change-period=2"),
        ("x=1;y;;=", "AMR"),
    ],
)
def test_a_name_says_what_packets_look_like(fmtp: str, full: str) -> None:
    assert with_parameters("AMR", fmtp) == full
    assert plain(full) == "AMR"
    assert with_parameters("AMR", parameters_of(full)) == full


@pytest.mark.parametrize(
    ("name", "fmtp"),
    [
        ("AMR", "octet-align=2"),
        ("AMR", "crc=yes"),
        ("AMR", "mode-set="),
        ("AMR", "mode-set=8"),
        ("AMR", "mode-set=0;mode-set=9"),
        ("AMR", "mode-set=0,1,"),
        ("AMR", "mode-set=٠"),
        ("AMR", "interleaving=0"),
        ("AMR", "interleaving=1000"),
        ("AMR-WB", "mode-set=0,1,2,3,4,5,6,7,8,8"),
        ("AMR-WB", "mode-set=9"),
        ("iLBC", "mode=25"),
        ("iLBC", "mode=20 30"),
    ],
)
def test_what_makes_no_sense_is_no_codec(name: str, fmtp: str) -> None:
    assert with_parameters(name, fmtp) is None


def test_others_have_no_parameters_that_matter() -> None:
    assert with_parameters("opus", "useinbandfec=1") == "opus"
    assert with_parameters("G729", "annexb=yes") == "G729"
    assert with_parameters("AMR-WB", "mode-set=8") == "AMR-WB;mode-set=8"


@given(st.sampled_from(["AMR", "AMR-WB", "iLBC"]), st.text(max_size=80))
def test_nothing_of_the_peer_but_numbers_gets_further(name: str, fmtp: str) -> None:
    full = with_parameters(name, fmtp)
    assert full is None or set(parameters_of(full)) <= set("abcdefghijklmnopqrstuvwxyz-=,; 0123456789")


@pytest.mark.rfc("3952", "5")
def test_frames_of_ilbc_are_of_30_ms_unless_20_are_agreed() -> None:
    assert with_parameters("iLBC", "") == with_parameters("iLBC", "mode=30") == "iLBC;mode=30"
    assert with_parameters("iLBC", "mode=20") == "iLBC;mode=20"
    assert fits("iLBC;mode=30", "iLBC;mode=20") and not fits("iLBC;mode=20", "iLBC;mode=30")
    assert [packet_ms("iLBC;mode=30", wanted_ms) for wanted_ms in (10, 20, 40, 60)] == [30, 30, 30, 60]
    assert [packet_ms("iLBC;mode=20", wanted_ms) for wanted_ms in (10, 20, 40, 60)] == [20, 20, 40, 60]
    assert packet_ms("AMR;octet-align=1", 40) == 40


@pytest.mark.requirement("MED-01")
@pytest.mark.rfc("4867", "8.3.1")
@pytest.mark.parametrize(
    ("answered", "offered", "same"),
    [
        ("AMR", "AMR", True),
        ("AMR;octet-align=1", "AMR", False),
        ("AMR", "AMR;octet-align=1", False),
        ("AMR;crc=1;octet-align=1", "AMR;octet-align=1", False),
        ("AMR;mode-set=0,2", "AMR", True),  # an answer may name modes
        ("AMR;mode-set=0,2;octet-align=1", "AMR", False),
        ("AMR", "AMR;mode-set=0,2", False),  # but not take what the offerer has not
        ("AMR;mode-set=0", "AMR;mode-set=0,2", False),
        ("AMR;mode-change-period=2", "AMR", False),
        ("AMR;mode-change-capability=2", "AMR", True),
        ("AMR-WB", "AMR", False),
        ("PCMA", "PCMU", False),
        ("PCMA", "PCMA", True),
        ("", "AMR", False),
    ],
)
def test_both_ends_have_to_mean_the_same(answered: str, offered: str, same: bool) -> None:  # noqa: FBT001
    assert fits(answered, offered) is same


def test_who_is_passed_on() -> None:
    assert {"G729", "iLBC", "AMR", "AMR-WB"} == PASSED_THROUGH
