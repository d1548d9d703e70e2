"""Drafts, for information governance: forms that were begun and never sent, and the traces of those that were."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from core.domain.clock import london_day
from core.domain.keeping import Matter, Whose
from core.storage.children import ChildKeys, keys_from
from core.storage.drafts import Draft
from core.storage.keeping import Keeper, Kept
from core.storage.session import Session


class DraftKeeper(Keeper[Any]):
    """Answers on their way. Nobody can look one up: whose they are is only known once they are opened."""

    kind = "draft"
    title = "Drafts"
    model = Draft  # type: ignore[assignment]

    async def facts(self, session: Session, rows: Sequence[Any]) -> list[Kept]:
        """A draft is over from the day it was last saved."""
        return [
            Kept(
                kind=self.kind,
                id=row.id,
                matter=Matter.DRAFT,
                reference="",
                born=_born(row.answers),
                over_on=london_day(row.sent_at or row.saved_at),
                keys=_keys(row.answers),
                first=_word(row.answers, "child_first"),
            )
            for row in rows
        ]

    async def known(self, session: Session, keys: ChildKeys) -> list[Kept]:
        """Opens every unsent draft: there are as many as four weeks bring, and no key of them is stored."""
        found: list[Kept] = []
        after = None
        while True:
            page, after = await self.page(session, after, 500)
            found += [kept for kept in page if kept.keys.meets(keys)]
            if after is None:
                return found

    def about(self, keys: ChildKeys) -> sa.ColumnElement[bool]:
        return col(Draft.id).is_(None)

    def words_for(self, place: str) -> tuple[str, Whose] | None:
        """A child's own details are the child's; anything else is looked at."""
        name = place.rsplit(".", 1)[-1]
        if place.startswith(("draft.answers.", "draft.unfinished.")) and name.startswith(
            ("child_", "nhs_", "address", "postcode", "town")
        ):
            return name.replace("_", " "), Whose.CHILD
        return None


def _word(answers: dict[str, Any], name: str) -> str:
    value = answers.get(name, "")
    return value if isinstance(value, str) else ""


def _born(answers: dict[str, Any]) -> date | None:
    try:
        return date.fromisoformat(_word(answers, "child_born"))
    except ValueError:
        return None


def _keys(answers: dict[str, Any]) -> ChildKeys:
    return keys_from(_word(answers, "nhs_number"), _word(answers, "child_last"), _born(answers))


keeper = DraftKeeper()
