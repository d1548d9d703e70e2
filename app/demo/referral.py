"""Referrals of the demo. Every child, parent, professional, school and surgery here is invented."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from accounts.api import actor_of, staff_views
from app.demo.papers import paper
from app.demo.triage import seed_desk
from core.domain.clock import london_day
from core.domain.identity import PUBLIC, Actor, Discipline
from core.domain.ids import new_id
from core.storage.files import store_file
from core.storage.files_words import PAPERS
from core.storage.jobs import Workbench
from core.storage.session import Session
from core.web.journey import still_applies
from referral import forms, queries, queue_marks, service, status_service, steps
from referral.files_words import PURPOSE
from referral.models import ReferralRequest, RequestEvent
from referral.words import Acceptance, Asked, Enquiry, RequestState, Urgency

# What every invented family answers unless it says otherwise.
_COMMON: dict[str, Any] = {
    "who": "parent",
    "urgent_now": "no",
    "signs": ["none"],
    "knows_nhs_number": "no",
    "language": "English",
    "interpreter": "no",
    "needs": ["none"],
    "gender": "not-said",
    "relationship": "Mother",
    "responsibility": "yes",
    "lives_with": "yes",
    "safe": "yes",
    "safe_letter": "yes",
    "updates": ["email"],
    "another1": "no",
    "not_tell": "no",
    "looked_after": "no",
    "plans": ["none"],
    "disagree": "no",
    "court": "no",
    "concerns": "no",
    "visit_risk": "no",
    "gp": "Invented Surgery",
    "born_early": "no",
    "hearing": "clear",
    "vision": "yes",
    "therapy_before": "no",
    "others": ["none"],
    "setting": "school",
    "school": "Invented Primary School",
    "sen": "support",
    "agree": ["yes"],
    "share_school": "yes",
    "share_others": "yes",
}
_SLT = {
    "slt_areas": ["speech", "talking"], "slt_understood": "family", "slt_strangers": "little", "slt_words": "over-50",
    "slt_joins": "yes", "slt_follows": "showing", "stammer_since": "new", "stammer_upset": "upset",
    "stammer_avoids": "yes",
}  # fmt: skip
_OT = {"ot_areas": ["dressing", "writing"], "ot_help": "Needs help with buttons, laces and cutting up food."}
_PHYSIO = {
    "physio_areas": ["falls", "walking"], "physio_pain": "sometimes", "physio_walks": "yes", "physio_hand": "older",
}  # fmt: skip
_GP = {
    "ref_name": "Dr Ola Invented",
    "ref_role": "GP",
    "ref_organisation": "Invented Surgery",
    "ref_email": "ola.invented@example.org",
    "ref_phone": "+441632960011",
    "agreed": "yes",
    "agreed_by": "Their parent",
    "agreed_how": "together",
}

# Days since it was received, age in years, and what was answered.
_FAMILIES: tuple[tuple[int, int, dict[str, Any]], ...] = (
    (1, 4, _SLT | _OT | {
        "disciplines": ["slt", "ot"], "child_first": "Maya", "child_last": "Example", "adult_name": "Ana Example",
        "address": "1 Invented Road", "town": "St Albans", "postcode": "AL1 3JE", "phone": "+447700900101",
        "email": "ana.example@example.org", "knows_nhs_number": "yes", "nhs_number": "9990000018",
        "worries": "Only our family understands her. It began when her brother was born.",
        "effect": "She stops talking at nursery and gets upset when she cannot do up her coat.",
        "tried": "We read together every day.", "hopes": "That she can tell other children what she wants.",
    }),
    (2, 2, _SLT | _GP | {
        "who": "health", "ref_role": "Health visitor", "disciplines": ["slt"], "child_first": "Kuba",
        "child_last": "Invented", "adult_name": "Ewa Invented", "address": "12 Made-up Lane", "town": "Stevenage",
        "postcode": "SG1 1AA", "phone": "+447700900102", "updates": ["text"], "language": "Polish",
        "interpreter": "yes", "interpreter_language": "Polish", "signs": ["choking", "weight"],
        "slt_areas": ["eating-and-drinking"], "slt_understood": "too-young", "hearing": "unsure", "setting": "home",
        "eating_signs": ["drink", "infections"], "eating_long": "yes", "eating_tube": "no", "tracheostomy": "no",
        "worries": "Coughs on thin drinks at most meals. Two chest infections this autumn.",
        "effect": "Meals take 40 minutes and everybody is worried.", "wellcomm": "Section 3, red",
    }),
    (9, 7, _OT | {
        "disciplines": ["ot"], "child_first": "Ayaan", "child_last": "Sample", "adult_name": "Sana Sample",
        "address": "7 Pretend Close", "town": "Watford", "postcode": "WD17 1BN", "phone": "+447700900103",
        "email": "sana.sample@example.org", "language": "Urdu", "needs": ["quiet", "time"],
        "worries": "Noise and crowds are very hard for him.", "effect": "He hides under the table at lunch.",
        "tried": "Ear defenders, and a quiet corner at school.", "hopes": "That he can eat with his friends.",
    }),
    (4, 10, _PHYSIO | _GP | {
        "who": "health", "disciplines": ["physio"], "child_first": "Ella", "child_last": "Pretend",
        "adult_name": "Tom Pretend", "relationship": "Father", "address": "3 Fiction Street", "town": "Hertford",
        "postcode": "SG14 1AB", "phone": "+441632960104", "updates": ["none"],
        "physio_areas": ["after-an-operation"], "physio_pain": "often", "signs": ["from-hospital"],
        "operation": "Lengthening of the left heel cord", "operation_on": "2026-10-30", "weight_bearing": "part",
        "surgeon": "Invented Children’s Hospital", "protocol": "A boot for six weeks, no jumping.",
        "worries": "Three weeks after an operation on her left foot.", "effect": "Cannot go to school yet.",
    }),
    (40, 17, _PHYSIO | {
        "who": "young-person", "disciplines": ["physio"], "child_first": "Robin", "child_last": "Madeup",
        "address": "5 Imaginary Way", "town": "Hatfield", "postcode": "AL10 9AB", "phone": "+447700900105",
        "updates": ["text"], "tell_parents": "no", "school": "Invented College",
        "worries": "My knees hurt when I walk to college.", "effect": "I have stopped playing football.",
    }),
    (3, 6, _OT | _GP | {
        "who": "education", "ref_name": "Sam Invented", "ref_role": "SENCO", "ref_organisation": "Invented School",
        "ref_email": "sam.invented@example.org", "disciplines": ["ot"], "child_first": "Zofia", "child_last": "Sample",
        "adult_name": "Pat Sample", "address": "14 Pretend Close", "town": "Watford", "postcode": "WD17 1BN",
        "phone": "+447700900107", "email": "pat.sample@example.org",
        "not_tell": "yes", "not_tell_who": "Her uncle Lee. He must not learn the address.",
        "not_tell_what": ["contact", "address"], "not_tell_phone": "+447700900198", "court": "yes",
        "court_details": "Lives with her mother. No contact with her uncle.",
        "worries": "She cannot hold a pencil for long.", "effect": "She has stopped drawing.",
    }),
    (6, 3, _SLT | _GP | {
        "who": "social-care", "ref_name": "Kit Invented", "ref_role": "Social worker",
        "ref_organisation": "Invented Council", "ref_email": "kit.invented@example.org", "disciplines": ["slt"],
        "child_first": "Leo", "child_last": "Storybook", "adult_name": "Jo Carer", "relationship": "Foster carer",
        "responsibility": "no", "address": "2 Fairy Tale Road", "town": "Stevenage", "postcode": "SG1 1AA",
        "phone": "+447700900108", "email": "jo.carer@example.org", "looked_after": "yes", "plans": ["child-in-need"],
        "social_worker": "Kit Invented", "local_authority": "Invented Council", "may_agree": "The social worker",
        "worries": "He says only a few words.", "effect": "He gets cross when he is not understood.",
    }),
    (21, 5, _SLT | _OT | {
        "disciplines": ["slt", "ot"], "child_first": "Noor", "child_last": "Fictional", "adult_name": "Leyla Fictional",
        "address": "9 Storybook Hill", "town": "Hitchin", "postcode": "SG5 1AB", "phone": "+447700900106",
        "email": "leyla.fictional@example.org", "responsibility": "unsure", "relationship": "Aunt",
        "worries": "She started to stammer this spring.", "effect": "She does not put her hand up any more.",
        "signs": ["new-stammer"], "slt_areas": ["stammering"], "slt_understood": "most",
    }),
)  # fmt: skip


_LETTER = (
    "Invented Children's Hospital (there is no such place)",
    "",
    "Re: Ella Pretend, who is invented too",
    "",
    "Ella had her left heel cord lengthened on 30 October 2026.",
    "She wears a boot for six weeks and may put part of her weight on it.",
    "Please begin stretching when the boot comes off. No jumping for three months.",
)


async def seed(session: Session, bench: Workbench, staff: dict[str, UUID]) -> None:
    """Eight families, by everybody who may refer: some to be read, two urgent; one with a therapist's
    question, one answered, one accepted. Then what triage has on its desk."""
    now = bench.clock.now()
    eve = actor_of((await staff_views(session, [staff["eve"]]))[staff["eve"]])
    ids = [await _receive(session, bench, now - timedelta(days=days), age, told) for days, age, told in _FAMILIES]
    await _ask(session, eve, ids[2], Discipline.OT, "What helps him most when it is loud?", now - timedelta(days=6))
    await _accept(session, bench, eve, ids[4], Discipline.PHYSIO, now - timedelta(days=30))
    await _accept(session, bench, eve, ids[-1], Discipline.SLT, now - timedelta(days=15))
    asked = await _ask(
        session, eve, ids[-1], Discipline.OT, "Which hand does she write with?", now - timedelta(days=15)
    )
    answered = now - timedelta(days=3)
    await service.give_information(session, PUBLIC, ids[-1], asked, "The left hand, since September.", answered)
    told = "I start at a new college in January. Please write to me by text, as before."
    await status_service.add(session, ids[4], new_id(), told, bench.profile, now - timedelta(hours=2))
    await _send_along(bench, ids[3], "Letter from the hospital.pdf", _LETTER, now - timedelta(days=4))

    async def receive(days: int, years: int, told: dict[str, Any]) -> UUID:
        return await _receive(session, bench, now - timedelta(days=days), years, told)

    await seed_desk(session, bench, staff, receive, ids[1])


async def _receive(session: Session, bench: Workbench, at: datetime, age: int, told: dict[str, Any]) -> UUID:
    day = london_day(at)
    born = date(day.year - age, 3, 1 + age)
    told = {**_COMMON, "child_born": born.isoformat(), **told}
    # Only what the journey would have asked of this family.
    journey = steps.journey_for(bench.profile, day)
    new = forms.new_referral(still_applies(journey, {name: value for name, value in told.items() if value}))
    return (await service.receive(session, PUBLIC, new, new_id(), bench.profile, at)).id


async def _send_along(bench: Workbench, referral_id: UUID, name: str, lines: tuple[str, ...], at: datetime) -> None:
    """A document that came with a referral."""
    await store_file(
        bench.db, bench.files, bench.scanner, purpose=PURPOSE, about_id=referral_id, name=name, content=paper(lines),
        kinds=PAPERS, now=at,
    )  # fmt: skip


async def _version(session: Session, referral_id: UUID, discipline: Discipline) -> tuple[int, Urgency]:
    status = await queries.status(session, referral_id)
    requests = status.requests if status else ()
    return next((one.version, one.urgency) for one in requests if one.discipline is discipline)


async def _accept(
    session: Session, bench: Workbench, eve: Actor, referral_id: UUID, discipline: Discipline, at: datetime
) -> None:
    version, urgency = await _version(session, referral_id, discipline)
    accepted = Acceptance(urgency, bench.profile.areas[0].id, "We will call you to find a day that suits you.")
    await service.accept(session, eve, referral_id, discipline, version, accepted, bench.profile, at)


async def _ask(
    session: Session, eve: Actor, referral_id: UUID, discipline: Discipline, what: str, at: datetime
) -> UUID:
    version, _ = await _version(session, referral_id, discipline)
    due_on = london_day(at) + timedelta(days=14)
    return await service.ask(session, eve, referral_id, discipline, version, Enquiry(what, Asked.FAMILY, due_on), at)


async def old_referral(
    session: Session, bench: Workbench, at: datetime, born: date, first: str, last: str, state: RequestState
) -> UUID:
    """A referral of years ago that was over within a month; as rows, since no page of today could have made it."""
    told = dict(_FAMILIES[2][2]) | {"child_first": first, "child_last": last, "adult_name": f"Somebody {last}"}
    told |= {"child_born": born.isoformat(), "phone": "+447700900199", "email": f"{last.lower()}@example.org"}
    journey = steps.journey_for(bench.profile, london_day(at))
    new = forms.new_referral(still_applies(journey, _COMMON | told))
    row = await service.receive(session, PUBLIC, new, new_id(), bench.profile, at)
    await session.flush()
    over = at + timedelta(days=30)
    for request in await session.exec(select(ReferralRequest).where(ReferralRequest.referral_id == row.id)):
        event = RequestEvent(request_id=request.id, before=request.state, after=state, at=over, by="system:demo")
        session.add(event)
        request.state, request.area_id = state, bench.profile.areas[0].id
    await queue_marks.remark(session, row)
    await session.flush()
    return row.id
