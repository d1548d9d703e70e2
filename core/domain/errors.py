"""What can go wrong, as the service sees it. Only `core/web/errors.py` turns these into pages.

FrontDoorError
├── NotFound            there is no such thing, or this person may not know that there is
├── NotAllowed          known person, no right
│   ├── ReasonNeeded    a child's record, and this person has no reason to see it
│   └── OwnFamily       a child's record, and this person is marked as family
├── SignInNeeded        nobody is signed in
├── ProofNeeded         signed in, but must show again who they are before something that matters
├── Invalid             what was typed cannot be accepted; carries messages per question
├── Conflict            the world has moved on since the page was shown
│   ├── Stale           someone else saved first
│   ├── PlaceGone       the time or place was taken
│   └── NotPossible     the state it is in does not allow this step
├── TooManyTries        wait, then try again
└── Unavailable         a part of the service is not answering; nothing was accepted
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID


class FrontDoorError(Exception):
    """Base of every error the service raises on purpose. Messages never hold personal data."""


class NotFound(FrontDoorError):
    """There is no such thing, or this person may not know that there is."""


class NotAllowed(FrontDoorError):
    """The person is known and has no right to this."""


class ReasonNeeded(NotAllowed):
    """A child's record whose reading needs a reason this person does not have; `kind` and `id` name it."""

    def __init__(self, kind: str, record_id: UUID) -> None:
        super().__init__("no reason to see this record")
        self.kind, self.id = kind, record_id


class OwnFamily(NotAllowed):
    """A child's record, and this person is marked as family of the child: nothing opens it for them."""


class SignInNeeded(FrontDoorError):
    """Nobody is signed in."""


class ProofNeeded(FrontDoorError):
    """Somebody is signed in, but must show again who they are: what they want to do matters."""


class Invalid(FrontDoorError):
    """What was typed cannot be accepted; `messages` is question id → what to do about it."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        super().__init__("invalid answers")
        self.messages = dict(messages)


class Conflict(FrontDoorError):
    """The world has moved on since the page was shown."""


class Stale(Conflict):
    """Someone else saved first."""


class PlaceGone(Conflict):
    """The time or place was taken by someone else, or the hold on it ran out."""


class NotPossible(Conflict):
    """The state a thing is in does not allow this step."""


class TooManyTries(FrontDoorError):
    """Wait for `retry_after`, then try again."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("too many tries")
        self.retry_after = retry_after


class Unavailable(FrontDoorError):
    """A part of the service is not answering; nothing was accepted."""
