"""Rows of a dump: names of columns, quotes, escapes, and lines."""

import pytest

from pbx.importers import sql_dump
from pbx.importers.sql_dump import Row, Tables, read_dump

DUMP = """\
CREATE TABLE `a` (
  `id` int(11) NOT NULL,
  `name` varchar(20) DEFAULT 'x',
  PRIMARY KEY (`id`)
);
INSERT INTO `a` VALUES (1,'It''s; (one)'),
(2,'a\\\\b\\n\\'c'),(3,NULL);
INSERT INTO b (x, `y`) VALUES (-1.5, 'z');
"""


def test_rows_by_the_names_of_their_columns() -> None:
    tables = Tables()
    read_dump("d.sql", DUMP, tables)
    assert [(row.values, row.place) for row in tables.of("a")] == [
        ({"id": "1", "name": "It's; (one)"}, "d.sql:6"),
        ({"id": "2", "name": "a\\b\n'c"}, "d.sql:7"),
        ({"id": "3", "name": ""}, "d.sql:7"),
    ]
    assert tables.of("b") == [Row({"x": "-1.5", "y": "z"}, "d.sql:8")]
    assert tables.first("a", id="2", name="x") is None and tables.first("a", id="3") is not None
    assert tables.of("none") == [] and tables.of("b")[0].get("none") == ""


def test_a_dump_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    tables = Tables()
    read_dump("d.sql", DUMP[: DUMP.index("(2,")] + "(2,'a", tables)
    assert [row.get("id") for row in tables.of("a")] == ["1"]


@pytest.mark.parametrize("beyond", [0, 1])
def test_rows_have_a_limit(monkeypatch: pytest.MonkeyPatch, beyond: int) -> None:
    monkeypatch.setattr(sql_dump, "MAX_ROWS", 4 - beyond)
    tables = Tables()
    read_dump("d.sql", DUMP, tables)
    assert tables.n_rows == 4 - beyond
