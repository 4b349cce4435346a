"""The sum of all branches' shares stays within the Max-Breadth."""

import pytest

from pbx.services.breadth import Breadth


@pytest.mark.rfc("5393", "5.3.3")
@pytest.mark.parametrize(("total", "share", "n_branches"), [(60, 3, 20), (20, 1, 20), (2, 1, 2), (41, 2, 20)])
def test_no_more_branches_than_it_allows(total: int, share: int, n_branches: int) -> None:
    breadth = Breadth(total)
    assert breadth.share == share
    assert breadth.admit(list(range(100))) == list(range(n_branches))
    assert breadth.admit([1]) == []
    breadth.give_back()
    assert breadth.admit([1, 2]) == [1]
