"""Rule 1 of the house, nothing accepted is lost, asked of the data themselves. Each of these must count nothing."""

from datetime import datetime

import sqlalchemy as sa

from core.storage.session import Session

_NEVER: dict[str, str] = {
    "a referral that asks for nothing": """
        select count(*) from referral r
        where not exists (select 1 from referral_request q where q.referral_id = r.id)""",
    "a referral nobody recorded": """
        select count(*) from referral r where not exists (
            select 1 from audit_entry a
            where a.subject = 'referral' and a.subject_id = r.id and a.action = 'referral.received')""",
    "a referral nobody will acknowledge": """
        select count(*) from referral r where not exists (
            select 1 from outbox_fact f join task t on t.dedupe_key = 'fact:' || f.id
            where f.name = 'ReferralReceived' and (f.payload ->> 'referral_id')::uuid = r.id)""",
    "an open request missing from the queue": """
        select count(*) from referral r where r.pressing is null and exists (
            select 1 from referral_request q where q.referral_id = r.id
            and q.state in ('received', 'in-triage', 'waiting-for-information'))""",
    "an open request missing from a list, or one that stands wrong there": """
        select count(*) from referral_request q join referral r on r.id = q.referral_id
        where q.state in ('received', 'in-triage', 'waiting-for-information') and not exists (
            select 1 from queue_place p where p.referral_id = r.id and p.discipline = q.discipline and p.area = ''
            and p.state = q.state and p.pressing = r.pressing and p.is_nobodys = (r.owner_id is null)
            and p.flagged = exists (
                select 1 from referral_flag f where f.referral_id = r.id and f.cleared_at is null))""",
    "a decided request that still stands on a list": """
        select count(*) from queue_place p where not exists (
            select 1 from referral_request q where q.referral_id = p.referral_id and q.discipline = p.discipline
            and q.state in ('received', 'in-triage', 'waiting-for-information'))""",
    "a decided request missing from a list, or one that stands wrong there": """
        with listed as (
            select q.id, q.referral_id, q.discipline, q.state, q.area_id, lists.area,
                q.state not in ('received', 'in-triage', 'waiting-for-information') as decided
            from referral_request q join referral r on r.id = q.referral_id, lateral (
                select '' as area
                union select unnest(case when q.area_id is not null then array[q.area_id]
                    when cardinality(r.area_ids) = 0 then array['outside'] else r.area_ids end)) lists),
        ought as (
            select referral_id, discipline, area, state, '' as whose from listed
            where decided and area_id is null and area <> ''
            union all
            select q.referral_id, q.discipline, q.area, q.state, other.discipline || ' ' || other.area
            from listed q join listed other on other.referral_id = q.referral_id
            where q.decided and (
                other.id <> q.id or (other.area <> q.area and other.area <> '' and q.area <> '')))
        select count(*) from ought o full join decided_place p using (referral_id, discipline, area, state, whose)
        where o.referral_id is null or p.referral_id is null""",
    "a decided referral that waits for an answer": """
        select count(*) from referral r where r.pressing is null and r.asked_until is not null""",
    "a request that waits for an answer nobody was asked for": """
        select count(*) from referral_request q where q.state = 'waiting-for-information' and not exists (
            select 1 from information_request i where i.request_id = q.id and i.ended_at is null)""",
    "a decision without a letter to the family": """
        select count(*) from request_outcome o where o.step in (
            'accept', 'signpost', 'redirect', 'not accept', 'mark as duplicate', 'withdraw', 'discharge')
        and not exists (select 1 from referral_letter l where l.outcome_id = o.id and l.recipient = 'family')""",
    "a letter that will never leave": """
        select count(*) from referral_letter l where l.state = 'draft' and l.leaves_at is not null and not exists (
            select 1 from task t where t.dedupe_key = 'letter:' || l.id || ':' || l.version
            and t.done_at is null and t.dead_at is null)""",
    "a letter sent without a message": """
        select count(*) from referral_letter l where l.state = 'sent' and not exists (
            select 1 from message m where m.id = l.message_id and m.occasion = l.id::text)""",
}


async def audit_checks(session: Session, now: datetime) -> list[tuple[str, int]]:
    """What must never be, and how often it is."""
    connection = await session.connection()
    return [(name, int(await connection.scalar(sa.text(query)) or 0)) for name, query in _NEVER.items()]
