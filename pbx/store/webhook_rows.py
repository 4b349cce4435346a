"""What goes into the outbox of the webhook, in the transaction of the fact that it reports."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from pbx.core.ids import Ids, hex_id
from pbx.recording.status_report import StatusReport
from pbx.store.tables import Base, WebhookReport

ROWS = Base.metadata.tables[WebhookReport.__tablename__]


def post(connection: Connection, reports: Sequence[tuple[StatusReport, datetime]], ids: Ids) -> None:
    """Put reports into the outbox; without a webhook the finaliser takes them out again."""
    rows = [{"report": hex_id(ids), "at": at, "body": report.body} for report, at in reports]
    connection.execute(insert(ROWS), rows)
