"""Colleagues' names for how the audit trail names them."""

from collections.abc import Iterable
from uuid import UUID

from accounts.api import staff_views
from core.storage.session import Session

_STAFF = "staff:"


async def names_of(session: Session, audit_names: Iterable[str]) -> dict[str, str]:
    """`staff:<id>` → name, for those who are staff. One query, or none."""
    ids = {UUID(name.removeprefix(_STAFF)) for name in audit_names if name.startswith(_STAFF)}
    if not ids:
        return {}
    return {f"{_STAFF}{staff_id}": view.name for staff_id, view in (await staff_views(session, list(ids))).items()}
