"""The demo's information governance: old records that are due, a hold, requests and complaints with their clocks.
Everybody is invented; so that something is old today, they were here before the service was."""

from datetime import date, datetime, timedelta
from uuid import UUID

from accounts.api import actor_of, staff_views
from app.demo.referral import old_referral
from core.domain.clock import london_day
from core.domain.identity import PUBLIC
from core.storage.children import keys_from
from core.storage.drafts import save_answers, start_draft
from core.storage.jobs import Workbench
from core.storage.session import Session
from privacy import complaints, retention, rights
from privacy.words import Child, RequestKind
from referral.words import RequestState

_YEAR = timedelta(days=365)
# First and last name, years since birth, years since the referral, and what became of it.
_OLD = (
    ("Sasha", "Longago", 26, 16, RequestState.DISCHARGED),
    ("Billie", "Grownup", 25, 18, RequestState.DISCHARGED),
    ("Jules", "Inquiry", 27, 15, RequestState.DISCHARGED),
    ("Charlie", "Turnedaway", 9, 3, RequestState.NOT_ACCEPTED),
)


async def seed(session: Session, bench: Workbench, staff: dict[str, UUID]) -> None:
    """Three grown-up children (one held for an inquiry), a referral not accepted, an old draft; two requests and two
    complaints, one of each overdue."""
    now = bench.clock.now()
    hana = actor_of((await staff_views(session, [staff["hana"]]))[staff["hana"]])
    for first, last, age, ago, state in _OLD:
        await old_referral(session, bench, now - ago * _YEAR, _born(now, age), first, last, state)
    await _old_draft(session, now - timedelta(days=40))
    born = _born(now, 27)
    child = {"last": "Inquiry", "born": born.isoformat(), "nhs_number": ""}
    why = "An invented public inquiry asked us to keep this record."
    await retention.place_hold(session, hana, keys_from(last="Inquiry", born=born), why, now, child=child)
    for kind, days, asked in (
        (RequestKind.ACCESS, 12, "A copy of everything you keep about Maya, please."),
        (RequestKind.RESTRICTION, 40, "Please stop using this while you check whether it is right."),
    ):
        asker = {
            "name": "Ana Example",
            "is": "Mother",
            "contact": "ana.example@example.org",
            "checked": "Parental responsibility and passport seen (both invented).",
        }
        maya = Child("Maya", "Example", date(london_day(now).year - 4, 3, 5), "9990000018")
        came = now - timedelta(days=days)
        await rights.receive(session, hana, kind, maya, asker, asked, london_day(came), came)
    for name, days in (("Tom Pretend", 34), ("Sana Sample", 3)):
        by = {"name": name, "by": "email", "contact": f"{name.split()[0].lower()}@example.org"}
        words = "A letter about my child went to our old address. This is an invented complaint."
        await complaints.receive(session, PUBLIC, by, words, now - timedelta(days=days))


def _born(now: datetime, age: int) -> date:
    return date(london_day(now).year - age, 2, 10)


async def _old_draft(session: Session, at: datetime) -> None:
    draft = await start_draft(session, b"a visitor of the demo, long gone", "refer", "2026-11", at)
    save_answers(draft, {"who": "parent", "child_first": "Pip", "child_last": "Unsent"}, "2026-11", at)
