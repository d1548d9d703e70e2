"""Referrals sent through the form, against the same rows written with nothing but asyncpg (`intake`): a parent's whole
referral to two therapies, with its requests, history, flags, consents, audit, facts and tasks."""

from benchmarks.intake import Intake, measured
from benchmarks.rows import Row

FAMILIES, ROUNDS = 400, 3

# Lost is a draft that was sent without a referral with a request, its history and the agreement to it.
REFERRALS = Intake(
    name="referral_submit",
    unit="referrals/s",
    goal=0.2,
    first="/refer/who",
    prefers={
        "who": "parent",
        "urgent_now": "no",
        "disciplines": ["slt", "ot"],
        "signs": "choking",
        "interpreter": "no",
        "needs": "quiet",
        "updates": "email",
        "another1": "no",
        "not_tell": "no",
        "looked_after": "no",
        "plans": "none",
        "disagree": "no",
        "court": "no",
        "others": "none",
        "setting": "nursery",
        "sen": "none",
        "slt_areas": ["speech", "talking"],
        "ot_areas": ["dressing"],
    },
    stored="select count(*) from referral where draft_id = any($1)",
    lost="""
        select count(*) from draft d left join referral r on r.draft_id = d.id
        where d.journey = 'referral' and d.sent_at is not null
          and (r.id is null
            or not exists (select from referral_request q join request_event e on e.request_id = q.id
                           where q.referral_id = r.id)
            or not exists (select from referral_consent c where c.referral_id = r.id and c.kind = 'referral'))""",
)


async def run(families: int = FAMILIES, rounds: int = ROUNDS) -> list[Row]:
    """One row: referrals a second, in turn with their ceiling."""
    return [await measured(REFERRALS, families, rounds)]
