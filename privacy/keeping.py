"""What information governance itself keeps, by the same rules as every room: requests and complaints."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlmodel import col

from core.domain.clock import london_day
from core.domain.keeping import Matter, Whose
from core.storage.children import ChildKeys, keys_of
from core.storage.keeping import Keeper, Kept
from core.storage.session import Session
from privacy.models import Complaint, RightsRequest


class RequestKeeper(Keeper[RightsRequest]):
    """Requests to see, correct or restrict, with their history. The copy that was given is no part of the next."""

    kind = "rights-request"
    title = "Requests about information"
    model = RightsRequest

    async def facts(self, session: Session, rows: Sequence[RightsRequest]) -> list[Kept]:
        """Over once it was answered."""
        return [
            Kept(
                kind=self.kind,
                id=row.id,
                matter=Matter.RIGHTS_REQUEST,
                reference=row.reference,
                born=date.fromisoformat(row.child["born"]) if row.child.get("born") else None,
                over_on=london_day(row.ended_at) if row.ended_at else None,
                keys=keys_of(row.nhs_key, row.named_key),
                first=row.child.get("first", ""),
            )
            for row in rows
        ]

    def about(self, keys: ChildKeys) -> sa.ColumnElement[bool]:
        return sa.or_(col(RightsRequest.nhs_key).in_(keys.nhs), col(RightsRequest.named_key).in_(keys.named))

    def words_for(self, place: str) -> tuple[str, Whose] | None:
        if place.startswith("rights_request.child."):
            return place.rsplit(".", 1)[1].replace("_", " "), Whose.CHILD
        return self.told.get(place)


class ComplaintKeeper(Keeper[Complaint]):
    """Complaints about personal data. They name no child by a key: nobody finds one by a child."""

    kind = "privacy-complaint"
    title = "Complaints about information"
    model = Complaint

    async def facts(self, session: Session, rows: Sequence[Complaint]) -> list[Kept]:
        """Over once it was closed."""
        return [
            Kept(
                kind=self.kind,
                id=row.id,
                matter=Matter.COMPLAINT,
                reference=row.reference,
                born=None,
                over_on=london_day(row.closed_at) if row.closed_at else None,
                keys=ChildKeys(),
            )
            for row in rows
        ]

    def about(self, keys: ChildKeys) -> sa.ColumnElement[bool]:
        return sa.false()


requests = RequestKeeper()
complaints = ComplaintKeeper()
