"""What a list and a server say of a caller, together."""

from dataclasses import replace

import pytest

from pbx.fraud.callers import OUTAGE_S, Callers
from pbx.fraud.reputation import AskedServer, Reputation

pytestmark = pytest.mark.requirement("FRD-03")
ANN, BEN = "+447700900123", "+447700900124"
KNOWN = Reputation(scores={ANN: 40}, label_from=50, server=AskedServer(keep_s=600.0, unanswered=60))


def test_the_server_is_asked_once_and_its_word_is_kept() -> None:
    callers = Callers(lambda _: KNOWN)
    assert callers.asks("acme", ANN, 0.0)
    callers.told("acme", ANN, 80, 0.0)
    assert not callers.asks("acme", ANN, 599.0)
    assert callers.judge("acme", ANN, 599.0) == (KNOWN, "label", 80)
    assert callers.asks("acme", ANN, 600.0)
    assert callers.judge("acme", ANN, 600.0) == (KNOWN, "", 40), "the list alone"


def test_the_worse_of_both_counts() -> None:
    callers = Callers(lambda _: KNOWN)
    callers.told("acme", ANN, 0, 0.0)
    assert callers.judge("acme", ANN, 1.0) == (KNOWN, "", 40)


def test_of_whom_nothing_is_told_the_tenant_has_decided_and_it_is_asked_again_soon() -> None:
    callers = Callers(lambda _: KNOWN)
    callers.told("acme", BEN, None, 0.0)
    assert callers.judge("acme", BEN, 1.0) == (KNOWN, "label", 60)
    assert not callers.asks("acme", BEN, OUTAGE_S - 0.1)
    assert callers.asks("acme", BEN, OUTAGE_S)


def test_without_a_server_or_a_list_nobody_is_asked_for() -> None:
    plain = replace(KNOWN, server=None)
    callers = Callers({"acme": plain}.get)
    callers.told("acme", BEN, 90, 0.0)
    assert not callers.asks("acme", BEN, 0.0) and not callers.asks("other", BEN, 0.0)
    assert callers.judge("acme", BEN, 1.0) == (plain, "", 0)
    assert callers.judge("other", BEN, 1.0) == (None, "", 0)
    assert callers.judge("acme", None, 1.0) == (plain, "", 0)
