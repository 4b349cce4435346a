"""Times in the tables."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from pbx.core.errors import MisuseError
from pbx.store.base import Utc


def test_any_zone_is_stored_as_utc_and_comes_back_aware() -> None:
    dialect = sqlite.dialect()
    summer = datetime(2026, 7, 1, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    stored = Utc().process_bind_param(summer, dialect)
    assert stored == datetime(2026, 7, 1, 12, 0)
    assert Utc().process_result_value(stored, dialect) == datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert Utc().process_bind_param(None, dialect) is None
    assert Utc().process_result_value(None, dialect) is None


def test_naive_times_are_refused() -> None:
    with pytest.raises(MisuseError):
        Utc().process_bind_param(datetime(2026, 7, 1), sqlite.dialect())
