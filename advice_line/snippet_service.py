"""What is done with advice texts: written and written again by leads, given in a call, sent to a family."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select

from accounts.api import actor_of, staff_views
from advice_line import snippet_queries
from advice_line.models import AdviceMessage
from advice_line.record_models import AdviceGiven
from advice_line.service import Desk, link_to, recipient, words_to_family
from advice_line.snippet_models import AdviceSnippet, AdviceSnippetVersion
from advice_line.snippet_words import Rewritten, Text
from core.domain.errors import NotAllowed, NotFound
from core.domain.identity import Actor, Discipline
from core.storage import audit
from core.storage.children import keys_of
from core.storage.session import Session
from notifications.api import send_message

SUBJECT = "advice-text"
SENT = "advice-given"


async def write(
    session: Session, actor: Actor, text: Text, discipline: Discipline | None, now: datetime, snippet_id: UUID
) -> UUID:
    """A new text. The id is made with the form, so that sending it twice makes one."""
    if await session.get(AdviceSnippet, snippet_id):
        return snippet_id
    session.add(AdviceSnippet(id=snippet_id, discipline=discipline, version=1, made_at=now))
    await session.flush()
    _keep(session, actor, snippet_id, 1, text, now)
    audit.record(session, actor, "advice-text.written", SUBJECT, snippet_id, now)
    return snippet_id


async def rewrite(
    session: Session,
    actor: Actor,
    snippet_id: UUID,
    seen: int,
    text: Text,
    discipline: Discipline | None,
    now: datetime,
) -> int:
    """The next version; earlier calls keep the words they gave. Rewritten when `seen` is not the newest version any
    more, unless the newest says just this. Returns the version in use."""
    row = await _locked(session, snippet_id)
    current = await snippet_queries.snippet(session, snippet_id)
    if current and (current.text, current.discipline) == (text, discipline):
        return row.version
    if row.version != seen:
        raise Rewritten("a newer version was saved")
    row.version, row.discipline = seen + 1, discipline
    _keep(session, actor, snippet_id, row.version, text, now)
    audit.record(session, actor, "advice-text.rewritten", SUBJECT, snippet_id, now, version=row.version)
    return row.version


async def retire(session: Session, actor: Actor, snippet_id: UUID, now: datetime, *, retired: bool) -> None:
    """Takes a text out of use, or back into it. Again changes nothing."""
    row = await _locked(session, snippet_id)
    if (row.retired_at is not None) == retired:
        return
    row.retired_at = now if retired else None
    did = "advice-text.retired" if retired else "advice-text.restored"
    audit.record(session, actor, did, SUBJECT, snippet_id, now)


def _keep(session: Session, actor: Actor, snippet_id: UUID, version: int, text: Text, now: datetime) -> None:
    if actor.id is None:
        raise NotAllowed("only staff write texts")
    session.add(
        AdviceSnippetVersion(
            snippet_id=snippet_id,
            version=version,
            title=text.title,
            body=text.body,
            link=text.link,
            written_at=now,
            written_by=actor.id,
        )
    )


async def _locked(session: Session, snippet_id: UUID) -> AdviceSnippet:
    found = select(AdviceSnippet).where(AdviceSnippet.id == snippet_id).with_for_update()
    row = (await session.exec(found.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFound("no such text")
    return row


async def give(session: Session, call_id: UUID, texts: tuple[tuple[UUID, int], ...]) -> None:
    """Keeps which texts were given in a call. NotFound when there is no such version."""
    for snippet_id, version in dict(texts).items():
        if await session.get(AdviceSnippetVersion, (snippet_id, version)) is None:
            raise NotFound("no such text")
        session.add(AdviceGiven(call_id=call_id, snippet_id=snippet_id, version=version))


async def send_advice(session: Session, desk: Desk, message: AdviceMessage, call_id: UUID, staff_id: UUID) -> bool:
    """Sends the family what was given, where we may write to them. A text names none of it: it leads to their page."""
    to, texts = recipient(message), (await snippet_queries.given_in(session, [call_id])).get(call_id, [])
    if to is None or not texts:
        return False
    lines = "\n".join(line for text in texts for line in text.lines)
    words = words_to_family(desk, message, link_to(session, message.id, desk.now))
    words |= {"advice_lines": lines, "read_on_links": "\n".join(text.link for text in texts if text.link)}
    by = actor_of((await staff_views(session, {staff_id}))[staff_id])
    await send_message(
        session,
        template=SENT,
        to=to,
        purpose=SENT,
        subject_id=message.id,
        occasion=str(call_id),
        words=words,
        child=keys_of(named=message.child_key),
        now=desk.now,
        by=by,
    )
    return True
