"""A copy of everything about one child: gathered, marked where it is about somebody else, written to be read."""

import io
import json
import zipfile
from collections.abc import Collection, Sequence
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from accounts.api import staff_views
from core.domain.calendar import spoken_instant
from core.domain.keeping import Whose
from core.storage.audit import AuditEntry
from core.storage.keeping import Told
from core.storage.session import Session
from privacy.models import AccessCopy
from privacy.rooms import BY_KIND

LEFT_OUT = "[left out: this is about another person]"
_SEEN = "Who looked at or changed these records"


async def who_saw(session: Session, record_ids: Collection[UUID]) -> list[Told]:
    """The audit trail of these records, as far as it names people: who did what and when."""
    found = select(AuditEntry).where(col(AuditEntry.subject_id).in_(record_ids))
    entries = (await session.exec(found.order_by(col(AuditEntry.at), col(AuditEntry.id)))).all()
    return [
        Told(f"audit_entry.{e.action}", e.id, f"{spoken_instant(e.at)}: {e.action}", e.actor, Whose.STAFF)
        for e in entries
    ]


async def as_content(session: Session, told: Sequence[tuple[str, Told]]) -> list[dict[str, Any]]:
    """The pieces as they are stored; ids of colleagues become names, which are marked as theirs."""
    names = await _names(session, [piece.value for _, piece in told if piece.whose is Whose.STAFF])
    return [
        {
            "section": kind,
            "place": piece.place,
            "row": str(piece.row) if piece.row else "",
            "label": piece.label,
            "value": names.get(piece.value, piece.value),
            "whose": piece.whose,
        }
        for kind, piece in told
    ]


async def _names(session: Session, values: Collection[str]) -> dict[str, str]:
    ids: dict[str, UUID] = {}
    for value in values:
        try:
            ids[value] = UUID(value.removeprefix("staff:"))
        except ValueError:
            continue
    views = await staff_views(session, set(ids.values()))
    return {value: views[one].name for value, one in ids.items() if one in views}


async def expired(session: Session, now: datetime) -> Sequence[AccessCopy]:
    """Copies that can no longer be fetched and are not empty yet; locked."""
    found = select(AccessCopy).where(col(AccessCopy.content).is_not(None), col(AccessCopy.expires_at) <= now)
    return (await session.exec(found.with_for_update(skip_locked=True))).all()


def title_of(section: str) -> str:
    """The heading of a part of a copy."""
    return BY_KIND[section].title if section in BY_KIND else _SEEN


def given(content: Sequence[dict[str, Any]], left_out: frozenset[int]) -> list[dict[str, Any]]:
    """The pieces as the asker gets them: what is left out says so in its place."""
    return [
        {
            "part": title_of(piece["section"]),
            "name": piece["label"],
            "says": LEFT_OUT if n in left_out else piece["value"],
            "left_out": n in left_out,
            "about": str(piece["whose"]),
        }
        for n, piece in enumerate(content)
    ]


def zipped(reference: str, prepared_at: datetime, content: Sequence[dict[str, Any]], left_out: frozenset[int]) -> bytes:
    """record.html to read and record.json for machines, in one file. The same copy is the same bytes."""
    pieces = given(content, left_out)
    told = {"reference": reference, "prepared_at": prepared_at.isoformat(), "record": pieces}
    files = {
        "record.html": page_to_read(reference, prepared_at, pieces),
        "record.json": json.dumps(told, ensure_ascii=False, indent=2),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), text.encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def page_to_read(reference: str, prepared_at: datetime, pieces: Sequence[dict[str, Any]]) -> str:
    """One page without anything from elsewhere, to open in any browser or print."""
    parts: dict[str, list[str]] = {}
    for piece in pieces:
        row = f"<tr><th scope='row'>{escape(piece['name'])}</th><td>{escape(piece['says'])}</td></tr>"
        parts.setdefault(piece["part"], []).append(row)
    tables = "".join(
        f"<h2>{escape(part)}</h2><table><caption>{escape(part)}: what is kept</caption>{''.join(rows)}</table>"
        for part, rows in parts.items()
    )
    style = (
        "body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;"
        "width:100%}th,td{border-bottom:1px solid #aaa;padding:.4em;text-align:left;vertical-align:top;"
        "white-space:pre-line;overflow-wrap:anywhere}th{width:35%}"
    )
    left = sum(piece["left_out"] for piece in pieces)
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Your record</title>"
        f"<style>{style}</style></head><body><h1>Copy of a record</h1><p>Reference {escape(reference)}. "
        f"Prepared {escape(spoken_instant(prepared_at))}.</p><p>{left} parts are left out because they are about "
        f"other people. You can ask us why, and you can complain to us or to the Information Commissioner.</p>"
        f"{tables}</body></html>"
    )
