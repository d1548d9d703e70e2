"""The demo's triage desk: an old queue, a case somebody has, a child referred twice, an answer that is overdue."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from accounts.api import actor_of, staff_views
from core.domain.clock import london_day
from core.domain.identity import Discipline
from core.domain.ids import new_id
from core.storage.jobs import Workbench
from core.storage.session import Session
from referral import case_service, service
from referral.models import ReferralFlag
from referral.words import Asked, Enquiry, FlagKind

Receive = Callable[[int, int, dict[str, Any]], Awaitable[UUID]]

_OT = {"ot_areas": ["dressing"], "ot_help": "Help with shoes and zips.", "disciplines": ["ot"]}
_SLT = {"slt_areas": ["talking"], "slt_understood": "family", "slt_hearing": "clear", "disciplines": ["slt"]}
_PHYSIO = {"physio_areas": ["falls"], "physio_pain": "no", "disciplines": ["physio"]}
_PLACES = (
    ("St Albans", "AL1 3JE"), ("Stevenage", "SG1 1AA"), ("Watford", "WD17 1BN"), ("Hertford", "SG14 1AB"),
    ("Lerwick", "ZE1 0AA"),
)  # fmt: skip
# Days since it was received, age, what is asked for, first and last name, signs.
_OLDER: tuple[tuple[int, int, dict[str, Any], str, str, list[str]], ...] = (
    (12, 6, _OT, "Idris", "Invention", ["none"]),
    (33, 3, _SLT, "Freya", "Notreal", ["none"]),
    (61, 8, _OT, "Tomasz", "Wymyslony", ["none"]),
    (98, 5, _SLT, "Ruby", "Tale", ["lost-skills"]),
    (140, 9, _PHYSIO, "Zayn", "Story", ["none"]),
    (230, 11, _OT, "Hope", "Fable", ["none"]),
    (410, 7, _SLT, "Otis", "Legend", ["none"]),
)
# Born on the same day as Maya, and spelt nearly like her: a person says whether it is one child.
_AGAIN = {
    "child_first": "Maia", "child_last": "Exampel", "adult_name": "A. Exampel", "address": "1 Invented Road",
    "town": "St Albans", "postcode": "AL1 3JE", "phone": "+447700900121", "worries": "Sounds are not clear.",
    "effect": "Nursery cannot follow what she says.", "email": "a.exampel@example.org",
}  # fmt: skip


async def seed_desk(session: Session, bench: Workbench, staff: dict[str, UUID], receive: Receive, urgent: UUID) -> None:
    """`receive` stores one more family; `urgent` is the referral that Eve has taken."""
    ids = [
        await receive(days, age, _family(number, one)) for number, one in enumerate(_OLDER) for days, age in [one[:2]]
    ]
    await receive(3, 4, _SLT | _AGAIN)
    people = await staff_views(session, set(staff.values()))
    eve, now = actor_of(people[staff["eve"]]), bench.clock.now()
    await case_service.give(session, eve, urgent, None, eve.id, "", now - timedelta(hours=20))
    words = "Called the health visitor: feeding team at the hospital knows him, report to follow."
    await case_service.add_note(session, eve, urgent, new_id(), words, now - timedelta(hours=19))
    await _clear(session, eve, urgent, now - timedelta(hours=19))
    await _ask_long_ago(session, bench, eve, ids[2])
    if "ben" in staff:
        note = "His school is in your patch, and you know the SENCO there."
        await case_service.give(session, eve, ids[0], None, staff["ben"], note, now - timedelta(days=1))


async def _clear(session: Session, eve: Any, referral_id: UUID, at: Any) -> None:
    found = select(ReferralFlag.id).where(ReferralFlag.referral_id == referral_id)
    flag_id = (await session.exec(found.where(ReferralFlag.kind == FlagKind.WEIGHT))).first()
    if flag_id:
        why = "Weight is steady since September, says the health visitor"
        await case_service.clear_flag(session, eve, referral_id, flag_id, why, at)


async def _ask_long_ago(session: Session, bench: Workbench, eve: Any, referral_id: UUID) -> None:
    at = bench.clock.now() - timedelta(days=25)
    enquiry = Enquiry("What can he do by himself at home?", Asked.FAMILY, london_day(at) + timedelta(days=14))
    asked = await service.ask(session, eve, referral_id, Discipline.OT, 1, enquiry, at)
    await case_service.chase(session, eve, referral_id, asked, 0, at + timedelta(days=12))


def _family(number: int, one: tuple[int, int, dict[str, Any], str, str, list[str]]) -> dict[str, Any]:
    _, _, asked, first, last, signs = one
    town, postcode = _PLACES[number % len(_PLACES)]
    return asked | {
        "child_first": first, "child_last": last, "signs": signs, "adult_name": f"Sam {last}",
        "address": f"{number + 20} Invented Road", "town": town, "postcode": postcode,
        "phone": f"+4477009002{number:02}", "email": f"{last.lower()}@example.org",
        "worries": "Everyday things take much longer than for others of that age.",
        "effect": "Mornings are hard for everybody.",
    }  # fmt: skip
