"""What a worker sends with: the providers, how fast, and the secret a provider proves itself with."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from weakref import WeakKeyDictionary, ref

from core.storage.session import Database, Session
from core.storage.together import Together
from notifications import dispatch
from notifications.dispatch import Note
from notifications.pace import Pace
from notifications.providers.on_screen import OnScreen
from notifications.words import Channel, Provider, Taken


@dataclass(frozen=True)
class PostRoom:
    """Without a `pace` messages leave as fast as they can. `callback_secrets`: provider → the bearer token it calls us
    back with."""

    providers: Mapping[Channel, Provider]
    pace: Pace | None = None
    callback_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


# For the demo, and until a provider is set.
ON_SCREEN = PostRoom(dict.fromkeys(Channel, OnScreen()))


def post_room_of(given: object) -> PostRoom:
    """The post room on a bench or in a house, which know it only as something; on screen when there is none."""
    return given if isinstance(given, PostRoom) else ON_SCREEN


class Desk:
    """Takes messages up and notes what became of them, as many as there are at the moment in one transaction."""

    def __init__(self, db: Database) -> None:
        # Weakly: the desk lives as long as its database, and would otherwise keep it alive.
        self._db = ref(db)
        self.take_up: Together[tuple[UUID, datetime], Taken] = Together(self._take_up)
        self.note: Together[Note, datetime | None] = Together(self._note)

    async def _take_up(self, wanted: list[tuple[UUID, datetime]]) -> list[Taken]:
        async with self._transaction() as session:
            return await dispatch.take_up(session, wanted)

    async def _note(self, notes: list[Note]) -> list[datetime | None]:
        async with self._transaction() as session:
            return await dispatch.note(session, notes)

    def _transaction(self) -> AbstractAsyncContextManager[Session]:
        db = self._db()
        if db is None:
            raise RuntimeError("the database of this desk is gone")
        return db.transaction()


_desks: WeakKeyDictionary[Database, Desk] = WeakKeyDictionary()


def desk_of(db: Database) -> Desk:
    """The one desk of a database in this process."""
    if db not in _desks:
        _desks[db] = Desk(db)
    return _desks[db]
