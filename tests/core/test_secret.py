"""A secret shows itself to nobody."""

import copy
import json
import pickle

import pytest

from pbx.core.secret import Secret

CANARY = "31121901"


@pytest.mark.requirement("V-07")
def test_no_text_of_it_holds_the_value() -> None:
    secret = Secret(CANARY)
    for text in (repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", f"{secret:>12}"):
        assert CANARY not in text
    assert CANARY not in repr([secret]) + repr({"digits": secret})


def test_no_serialiser_takes_it() -> None:
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(Secret(CANARY))
    with pytest.raises(TypeError):
        json.dumps(Secret(CANARY))
    with pytest.raises(TypeError):
        copy.copy(Secret(CANARY))


def test_it_compares_by_value_and_reveals_it() -> None:
    assert Secret(CANARY) == Secret(CANARY) != Secret("other")
    assert Secret(CANARY) != CANARY
    assert len({Secret(CANARY), Secret(CANARY)}) == 1
    assert Secret(CANARY).reveal() == CANARY
