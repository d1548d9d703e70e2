"""What referrals keep about children, for information governance: how long, what is told, what goes."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

import sqlalchemy as sa
from sqlmodel import col, select

from core.domain.clock import london_day
from core.domain.keeping import Matter, Whose
from core.storage.children import ChildKeys, keys_of
from core.storage.keeping import Keeper, Kept
from core.storage.session import Session
from referral import questions
from referral.forms import PAGES_ASKED
from referral.models import Referral, ReferralRequest, RequestEvent
from referral.rules import OPEN
from referral.words import RequestState

# Nothing came of these; whatever was accepted once is a child's health record.
_TURNED_AWAY = frozenset(
    {
        RequestState.NOT_ACCEPTED,
        RequestState.SIGNPOSTED,
        RequestState.REDIRECTED,
        RequestState.DUPLICATE,
        RequestState.WITHDRAWN,
    }
)
_OVER = _TURNED_AWAY | {RequestState.DISCHARGED}
_OTHER, _WORDS, _STAFF = Whose.OTHER_PERSON, Whose.OTHER_WORDS, Whose.STAFF
# What the child's own adults or somebody else wrote about themselves.
_OF_OTHERS = (
    "adult", "another", "ref_", "relationship", "responsibility", "phone", "email", "best_times", "lives_with",
    "agreed_by", "not_tell", "court", "disagree", "social_worker", "concerns", "visit_risk", "level_parent", "senco",
)  # fmt: skip
_WRITTEN = ("worries", "effect", "tried", "hopes", "ot_help", "sense_effect", "mutism_where", "measured_more")
_ASKED = questions.every_question()


class ReferralKeeper(Keeper[Referral]):
    """Referrals, with their requests, questions, consents, flags and letters."""

    kind = "referral"
    title = "Referrals"
    model = Referral
    told: ClassVar = {
        "referral.child_first": ("First name", Whose.CHILD),
        "referral.child_last": ("Last name", Whose.CHILD),
        "referral.child_born": ("Date of birth", Whose.CHILD),
        "referral.nhs_number": ("NHS number", Whose.CHILD),
        "referral.address": ("Address", Whose.CHILD),
        "referral.postcode": ("Postcode", Whose.CHILD),
        "referral.phone": ("Phone", _OTHER),
        "referral.email": ("Email", _OTHER),
        "child_guard.words": ("Who must not be contacted or told", _OTHER),
        "child_guard.hides_address": ("The address is kept from them", _OTHER),
        "referral_consent.channel": ("How they agreed", Whose.CHILD),
        "referral_request.note": ("Note to the family", Whose.CHILD),
        "request_event.why": ("Why", Whose.CHILD),
        "referral_consent.by": ("Whose agreement", Whose.CHILD),
        "referral_consent.by_name": ("Who was asked", _OTHER),
        "duplicate_verdict.why": ("Why two referrals are of one child or not", _WORDS),
        "case_note.text": ("Note of a colleague", _WORDS),
        "referral_claim.note": ("What a colleague needs to know", _WORDS),
        "referral_flag.note": ("What a clinician found about a flag", Whose.CHILD),
        "information_request.what": ("What we asked", Whose.CHILD),
        "information_request.answer": ("The answer", _WORDS),
        "stored_file.name": ("File that came with the referral", _WORDS),
        "request_outcome.step": ("What was decided", Whose.CHILD),
        "request_outcome.place": ("Where to turn", Whose.CHILD),
        "request_outcome.words": ("What we said", Whose.CHILD),
        "request_outcome.todo": ("What to do next", Whose.CHILD),
        "referral_letter.text": ("A letter", Whose.CHILD),
        "referral_letter.kind": ("What it is about", Whose.CHILD),
        "referral_addition.text": ("What the family added", _WORDS),
        "message.address": ("Sent to", _OTHER),
        "message.subject_line": ("Subject", Whose.CHILD),
        "message.body": ("Message", Whose.CHILD),
    }

    async def facts(self, session: Session, rows: Sequence[Referral]) -> list[Kept]:
        """A referral is over when each request is; it was not accepted when none of them ever was."""
        ids = [row.id for row in rows]
        found = select(ReferralRequest).where(col(ReferralRequest.referral_id).in_(ids))
        requests: dict[object, list[ReferralRequest]] = {}
        for request in (await session.exec(found.execution_options(populate_existing=True))).all():
            requests.setdefault(request.referral_id, []).append(request)
        last, accepted = await _history(session, [one.id for each in requests.values() for one in each])
        kept = []
        for row in rows:
            theirs = requests.get(row.id, [])
            is_over = all(one.state in _OVER for one in theirs)
            was_accepted = any(one.id in accepted or one.state not in _TURNED_AWAY | OPEN for one in theirs)
            ended = max((last[one.id] for one in theirs if one.id in last), default=london_day(row.received_at))
            kept.append(
                Kept(
                    kind=self.kind,
                    id=row.id,
                    matter=Matter.CHILD if was_accepted or not is_over else Matter.NOT_ACCEPTED,
                    reference=row.reference,
                    born=date.fromisoformat(row.child_born),
                    over_on=ended if is_over else None,
                    keys=keys_of(row.nhs_number_key, row.surname_born_key),
                    first=row.child_first,
                )
            )
        return kept

    def about(self, keys: ChildKeys) -> sa.ColumnElement[bool]:
        return sa.or_(col(Referral.nhs_number_key).in_(keys.nhs), col(Referral.surname_born_key).in_(keys.named))

    def words_for(self, place: str) -> tuple[str, Whose] | None:
        """Answers are called by their question."""
        if not place.startswith("referral.answers."):
            return self.told.get(place)
        name = place.rsplit(".", 1)[1]
        if name == PAGES_ASKED:
            return "Pages of the form", Whose.CHILD
        label = _ASKED[name].row_name if name in _ASKED else name.replace("_", " ")
        return label, _OTHER if name.startswith(_OF_OTHERS) else _WORDS if name.startswith(_WRITTEN) else Whose.CHILD


async def _history(session: Session, request_ids: list[object]) -> tuple[dict[object, date], set[object]]:
    """(the day of each request's last step, which were ever accepted)."""
    found = select(RequestEvent.request_id, RequestEvent.at, RequestEvent.after)
    last: dict[object, date] = {}
    accepted: set[object] = set()
    for request_id, at, after in await session.exec(found.where(col(RequestEvent.request_id).in_(request_ids))):
        last[request_id] = max(last.get(request_id, london_day(at)), london_day(at))
        if after is RequestState.ACCEPTED:
            accepted.add(request_id)
    return last, accepted


keeper = ReferralKeeper()
