"""What is asked about advice texts. All of a service fit on one page."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from advice_line.record_models import AdviceGiven, AdviceRecord
from advice_line.snippet_models import AdviceSnippet, AdviceSnippetVersion
from advice_line.snippet_words import Snippet, Text, Version
from core.domain.identity import Discipline
from core.storage.session import Session

_MOST = 200


def _joined() -> Any:
    is_used = sa.and_(
        col(AdviceSnippetVersion.snippet_id) == AdviceSnippet.id,
        col(AdviceSnippetVersion.version) == AdviceSnippet.version,
    )
    return select(AdviceSnippet, AdviceSnippetVersion).join(AdviceSnippetVersion, is_used)


def _snippet(row: AdviceSnippet, words: AdviceSnippetVersion) -> Snippet:
    text = Text(words.title, words.body, words.link)
    return Snippet(row.id, words.version, row.discipline, text, retired=row.retired_at is not None)


async def snippets(session: Session, *, retired: bool = False) -> list[Snippet]:
    """Every text in use (or every retired one), by discipline and title. One query."""
    is_wanted = col(AdviceSnippet.retired_at).is_not(None) if retired else col(AdviceSnippet.retired_at).is_(None)
    found = _joined().where(is_wanted)
    found = found.order_by(col(AdviceSnippet.discipline).nulls_first(), col(AdviceSnippetVersion.title)).limit(_MOST)
    return [_snippet(*row) for row in (await session.exec(found)).all()]


async def for_discipline(session: Session, discipline: Discipline | None) -> list[Snippet]:
    """The texts a therapist may give about a message: those of its discipline and of all; any when none was asked for.
    One query."""
    return [one for one in await snippets(session) if discipline is None or one.discipline in (None, discipline)]


async def at_versions(session: Session, wanted: Collection[tuple[UUID, int]]) -> list[Snippet]:
    """These versions, used or not. One query, and none where nothing is wanted."""
    if not wanted:
        return []
    place = sa.tuple_(col(AdviceSnippetVersion.snippet_id), col(AdviceSnippetVersion.version))
    found = (
        select(AdviceSnippet, AdviceSnippetVersion)
        .join(AdviceSnippetVersion, col(AdviceSnippetVersion.snippet_id) == AdviceSnippet.id)
        .where(place.in_(list(wanted)))
        .order_by(col(AdviceSnippetVersion.title))
    )
    return [_snippet(row, words) for row, words in (await session.exec(found)).all()]


async def snippet(session: Session, snippet_id: UUID) -> Snippet | None:
    found = _joined().where(AdviceSnippet.id == snippet_id).execution_options(populate_existing=True)
    row = (await session.exec(found)).one_or_none()
    return _snippet(*row) if row else None


async def versions(session: Session, snippet_id: UUID) -> list[Version]:
    """Every version, the newest first."""
    found = select(AdviceSnippetVersion).where(AdviceSnippetVersion.snippet_id == snippet_id)
    rows = (await session.exec(found.order_by(col(AdviceSnippetVersion.version).desc()))).all()
    return [Version(row.version, Text(row.title, row.body, row.link), row.written_at, row.written_by) for row in rows]


async def given_in(session: Session, call_ids: Collection[UUID]) -> dict[UUID, list[Text]]:
    """The texts given in these calls, in the words they had then. One query."""
    found = (
        select(AdviceGiven.call_id, AdviceSnippetVersion)
        .join(
            AdviceSnippetVersion,
            sa.and_(
                col(AdviceSnippetVersion.snippet_id) == AdviceGiven.snippet_id,
                col(AdviceSnippetVersion.version) == AdviceGiven.version,
            ),
        )
        .where(col(AdviceGiven.call_id).in_(call_ids))
        .order_by(col(AdviceSnippetVersion.title))
    )
    texts: dict[UUID, list[Text]] = {}
    for call_id, words in (await session.exec(found)).all():
        texts.setdefault(call_id, []).append(Text(words.title, words.body, words.link))
    return texts


async def given_about(session: Session, message_id: UUID) -> list[Text]:
    """Every text given about one message, once each, for the family's own page; none that may still be taken back."""
    settled = select(AdviceRecord.id).where(
        AdviceRecord.message_id == message_id, col(AdviceRecord.settled_at).is_not(None)
    )
    given = await given_in(session, (await session.exec(settled)).all())
    return list(dict.fromkeys(text for texts in given.values() for text in texts))
