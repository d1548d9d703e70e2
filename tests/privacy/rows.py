"""Plain rows for any table, from its columns alone, so that a test can plant something in tables no story fills yet."""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from core.domain.ids import new_id
from core.storage.session import Session

_NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


async def plain_row(session: Session, table: sa.Table) -> dict[str, Any] | None:
    """Values for what must be there; None while a table it points at is empty."""
    row: dict[str, Any] = {}
    for column in table.columns:
        links = list(column.foreign_keys)
        if links and (not column.nullable or column.name in ("message_id", "booking_id", "request_id")):
            target = links[0].column
            row[column.name] = await (await session.connection()).scalar(sa.select(target).limit(1))
            if row[column.name] is None:
                return None
        elif not column.nullable and column.server_default is None:
            row[column.name] = _value(column)
    if table.name == "record_opening":
        row["record_id"] = await (await session.connection()).scalar(sa.text("select id from referral limit 1"))
    if table.name in ("record_mark", "child_guard"):
        row["record_id"] = await (await session.connection()).scalar(sa.text("select id from referral limit 1"))
    if table.name == "stored_file":
        row["about_id"] = await (await session.connection()).scalar(sa.text("select id from referral limit 1"))
    return row


def _value(column: sa.Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, sa.Enum):
        return next(iter(kind.enum_class)) if kind.enum_class else kind.enums[0]
    plain = {
        sa.Uuid: new_id(), sa.DateTime: _NOW, sa.Date: date(2026, 11, 23), sa.Boolean: False, sa.Integer: 1,
        sa.LargeBinary: b"x" * 32, sa.JSON: {}, sa.ARRAY: [],
    }  # fmt: skip
    value = next((value for known, value in plain.items() if isinstance(kind, known)), "x")
    return datetime(2026, 11, 23, 11, tzinfo=UTC) if column.name in ("until", "ends_at") else value
