"""What withdrawals leave to do has a name of its own for each consent and each recording."""

from pbx.store.tables import Base
from pbx.store.withdrawal_tables import WithdrawalOrder, WithdrawalOutcome


def test_one_order_of_a_consent_and_one_outcome_of_a_recording() -> None:
    tables = Base.metadata.tables
    keys = {
        table: [column.name for column in tables[table].primary_key]
        for table in (WithdrawalOrder.__tablename__, WithdrawalOutcome.__tablename__)
    }
    assert keys == {"withdrawal_orders": ["consent"], "withdrawal_outcomes": ["recording"]}
