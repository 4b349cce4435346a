"""Every Q.850 cause has a SIP status, every failure a cause, and the pairs that matter come back."""

from typing import get_args

import pytest

from pbx.sip.causes import ENDINGS, Q850_OF_SIP, SIP_OF_Q850, Ending, to_q850, to_sip


@pytest.mark.rfc("3398", "7.2.4.1")
@pytest.mark.parametrize(
    ("q850", "status"),
    [(0, 0), (16, 0), (1, 404), (17, 486), (18, 408), (19, 480), (21, 403), (28, 484), (34, 503)]
    + [(24, 480), (44, 503), (96, 500), (127, 500)],
)
def test_from_the_telephone_network(q850: int, status: int) -> None:
    assert to_sip(q850) == status


@pytest.mark.rfc("3398", "8.2.6.1")
@pytest.mark.parametrize(
    ("status", "q850"),
    [(404, 1), (480, 18), (486, 17), (487, 0), (200, 0), (0, 0), (483, 25), (603, 21), (499, 31)],
)
def test_to_the_telephone_network(status: int, q850: int) -> None:
    assert to_q850(status) == q850


def test_the_tables_hold_what_they_may() -> None:
    assert all(400 <= status < 700 and 0 < q850 < 128 for status, q850 in Q850_OF_SIP.items())
    assert all(400 <= to_sip(q850) < 700 for q850 in range(1, 128) if q850 != 16)
    assert {to_q850(SIP_OF_Q850[q850]) for q850 in (1, 17, 21, 28)} == {1, 17, 21, 28}


def test_every_word_for_an_end_has_a_pair_that_belongs_together() -> None:
    """But for one: 403 would tell the caller that he may not, where 603 says that nobody wants to."""
    assert set(ENDINGS) == set(get_args(Ending))
    pairs = {word: (sip, to_sip(q850)) for word, (sip, q850) in ENDINGS.items()}
    assert {word: pair for word, pair in pairs.items() if pair[0] != pair[1]} == {"declined": (603, 403)}
