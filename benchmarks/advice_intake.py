"""Messages left on the advice line, against the same rows written with nothing but asyncpg (`intake`)."""

from benchmarks.intake import Intake, measured
from benchmarks.rows import Row

FAMILIES, ROUNDS = 400, 3

# Lost is a draft that was sent without a message that is somebody's or says why not, its history and its receipt.
MESSAGES = Intake(
    name="advice_intake",
    unit="messages/s",
    goal=0.2,
    first="/advice/message/who",
    prefers={"who": "parent", "therapy": "slt", "signs": "none", "topic": "talking", "known": "yes", "voice": ""},
    stored="select count(*) from advice_message where draft_id = any($1)",
    lost="""
        select count(*) from draft d left join advice_message m on m.draft_id = d.id
        where d.journey = 'advice' and d.sent_at is not null
          and (m.id is null or num_nonnulls(m.closed_at, m.owner_id, m.exception_reason) = 0
            or not exists (select from advice_event e where e.message_id = m.id and e.happened = 'left')
            or not exists (select from message s where s.subject_id = m.id))""",
)


async def run(families: int = FAMILIES, rounds: int = ROUNDS) -> list[Row]:
    """One row: messages a second, in turn with their ceiling."""
    return [await measured(MESSAGES, families, rounds)]
