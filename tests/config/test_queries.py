"""Queries as they are written."""

from typing import Any

import pytest
from pydantic import ValidationError

from pbx.config.queries import MAX_COLUMNS, WrittenQuery

pytestmark = pytest.mark.requirement("IVR-04")
SELECT = "SELECT due_on, total::text FROM orders WHERE number = :number AND of = :caller"


def written(**changed: Any) -> WrittenQuery:
    query = {"url_file": "secrets/url", "select": SELECT, "columns": {"due_on": "V0", "total": "V2"}}
    return WrittenQuery.model_validate(query | changed)


def test_what_has_to_be_given_and_who_may_hear_it() -> None:
    query = written()
    assert query.parameters == {"number", "caller"}
    assert query.level_of(frozenset({"due_on"})) == "V0"
    assert query.level_of(frozenset({"due_on", "total"})) == "V2"
    assert query.level_of(frozenset()) == "V0"


@pytest.mark.requirement("S-25")
@pytest.mark.parametrize(
    "select",
    [
        "UPDATE orders SET total = :number",
        "SELECT 1 WHERE 1 = :a; DROP TABLE orders",
        "SELECT total FROM orders",
        "",
        "SELECT '" + "x" * 4000 + "' WHERE 1 = :a",
    ],
)
def test_it_reads_and_binds(select: str) -> None:
    with pytest.raises(ValidationError):
        written(select=select)


def test_so_many_columns_and_no_more() -> None:
    columns = {f"c{i}": "V0" for i in range(MAX_COLUMNS + 1)}
    with pytest.raises(ValidationError):
        written(columns=columns)
    columns.pop("c0")
    written(columns=columns)


@pytest.mark.parametrize("changed", [{"columns": {}}, {"columns": {"x": "V5"}}, {"columns": {"X": "V0"}}])
def test_columns_have_levels(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        written(**changed)
