"""Scores are kept for their time, and no more of them than fit."""

from pbx.fraud.scores import MAX_KEPT, Scores

ANN = ("acme", "+447700900123")


def test_a_score_counts_until_its_end_and_for_its_tenant_alone() -> None:
    scores = Scores()
    scores.keep(ANN, 0, 10.0)
    assert scores.known(ANN, 9.9) == 0
    assert scores.known(ANN, 10.0) is None
    assert scores.known(("other", ANN[1]), 0.0) is None


def test_the_oldest_is_forgotten_first() -> None:
    scores = Scores()
    for n in range(MAX_KEPT):
        scores.keep(("acme", str(n)), 1, 10.0)
    scores.keep(("acme", "0"), 2, 10.0)  # told anew: it is the newest now
    scores.keep(ANN, 3, 10.0)
    assert scores.known(("acme", "1"), 0.0) is None
    assert (scores.known(("acme", "0"), 0.0), scores.known(ANN, 0.0)) == (2, 3)
