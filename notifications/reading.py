"""Who may read what was said about a record."""

from uuid import UUID

from core.domain.errors import NotFound
from core.domain.identity import Actor, Right
from core.storage.session import Session
from core.web.bodies import PageRequest
from core.web.house import House


async def check_may_read(request: PageRequest, house: House, session: Session, subject_id: UUID) -> None:
    """NotFound for who may not see the record: that there is one is nobody's business."""
    actor = actor_of(request)
    if actor.may(Right.RUN_MESSAGES):
        return
    for may_read_about in request.app.state.may_read_about:
        if subject_id in await may_read_about(session, actor, [subject_id], house.clock.now()):
            return
    raise NotFound("not theirs to see")


def actor_of(request: PageRequest) -> Actor:
    """Whoever asks; the pages of messages are for staff."""
    actor: Actor = request.scope["user"]
    return actor
