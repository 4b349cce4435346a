"""Tags on columns."""

from sqlalchemy import Column, MetaData, String, Table

from pbx.store.kept import Tag
from pbx.store.register import tag_columns, tag_of


def test_a_column_has_the_tag_of_its_table_and_one_that_nobody_knows_has_none() -> None:
    metadata = MetaData()
    table = Table("customers", metadata, Column("name", String), Column("shoe_size", String))
    other = Table("others", metadata, Column("name", String))
    tag_columns(metadata)
    assert tag_of(table.c.name) == Tag(
        category="identity",
        purpose="verify callers",
        basis="contract, Art. 6(1)(b)",
        retention="customer",
    )
    assert tag_of(table.c.shoe_size) is None
    assert tag_of(other.c.name) is None
