"""No token comes twice."""

from pbx.call.tokens import Tokens


def test_tokens_never_repeat_and_never_are_zero() -> None:
    tokens = Tokens()
    drawn = [tokens.next() for _ in range(1000)]
    assert len(set(drawn)) == 1000
    assert min(drawn) > 0
