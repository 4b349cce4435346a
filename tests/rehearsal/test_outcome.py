"""A line of a story."""

from pbx.rehearsal.outcome import Line


def test_a_line_has_its_time_and_place() -> None:
    assert str(Line(at_s=12.34, words="step a", place="acme/flows/x.yaml:3")) == (
        "   12.3s  acme/flows/x.yaml:3: step a"
    )
    assert str(Line(at_s=0.0, words="1001 answers")) == "    0.0s  1001 answers"
