"""Files that came with a referral, for staff."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath

from core.domain.errors import NotFound
from core.domain.identity import Actor, Right
from core.storage.files import read_file
from core.storage.session import Session
from core.web.bodies import PageRequest
from core.web.guards import staff
from core.web.house import InHouse
from core.web.uploads import download
from referral import files_queries, moves
from referral.access import open_referral


class CaseFiles(Controller):
    """Whoever may read the referral."""

    path = "/staff/triage/{referral_id:uuid}/files"
    include_in_schema = False
    guards: ClassVar = [staff(Right.READ_REFERRALS)]  # type: ignore[misc]

    @get("/{file_id:uuid}")
    async def fetch(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], file_id: FromPath[UUID]
    ) -> Response[bytes]:
        """The file to keep, never shown inside a page. That it was fetched is on record."""
        actor: Actor = request.scope["user"]
        async with house.db.transaction() as session:
            await open_referral(session, actor, referral_id, house.clock.now())
            await _check_belongs(session, referral_id, file_id)
            file, content = await read_file(session, house.files, file_id)
            moves.record(session, actor, "file-read", referral_id, house.clock.now(), file=str(file_id))
        return download(file, content)


async def _check_belongs(session: Session, referral_id: UUID, file_id: UUID) -> None:
    there = await files_queries.all_of(session, referral_id)
    if all(one.id != file_id for one in there):
        raise NotFound("no such file of this referral")


HANDLERS = [CaseFiles]
