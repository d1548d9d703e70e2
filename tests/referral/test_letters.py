"""Letters: who gets one, who never does, what they say, and that each leaves once."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import textstat  # type: ignore[import-untyped]  # it comes without types

from core.domain.clock import MovedClock
from core.domain.errors import NotPossible, Stale
from core.domain.identity import PUBLIC
from core.storage.jobs import Workbench
from core.storage.session import Database
from core.web.house import House
from core.web.questions import Answers
from referral import jobs, letters_service, letters_text
from referral.outcome_models import ReferralLetter
from referral.outcome_rules import LETTERS
from referral.outcome_words import ComesNext, LetterState, LetterTo, NotTold, Outcome, WhyNot
from referral.words import RequestStep, Urgency
from tests.referral.outcome_support import NOT_ACCEPTED, REOPENED, SIGNPOSTED, decide, letters_of, written
from tests.referral.support import EVE, PARENT, PHYSIO, PROFESSIONAL, SLT, TODAY, YOUNG_PERSON, received

EASIEST = 6.0
PLAIN = Outcome(
    RequestStep.NOT_ACCEPT,
    comes_next=ComesNext.CLINIC,
    why_not=WhyNot.AREA,
    place="The talking tips workshop",
    words="It shows games you can play at home.",
    todo="Book a place at the workshop",
)


def drafted(kind: str, to: LetterTo, outcome: Outcome = PLAIN, **changes: Any) -> str:
    told: dict[str, Any] = {
        "therapy": "speech and language therapy",
        "is_young_person": False,
        "urgency": Urgency.ROUTINE,
        "target": TODAY,
        "team": "North Herts and Stevenage",
        "today": TODAY,
        **changes,
    }
    return letters_text.draft(kind, to, outcome, **told)


@pytest.mark.parametrize("kind", sorted(set(LETTERS.values())))
def test_a_nine_year_old_can_read_what_families_are_sent_but_for_the_names_of_therapies(kind: str) -> None:
    for why in WhyNot:
        outcome = Outcome(PLAIN.step, why_not=why, comes_next=ComesNext.HOME, place=PLAIN.place, todo=PLAIN.todo)
        said = drafted(kind, LetterTo.FAMILY, outcome, therapy="speech help", team="")
        assert textstat.flesch_kincaid_grade(said.replace("\n\n", " ")) <= EASIEST, said


@pytest.mark.parametrize("kind", sorted(set(LETTERS.values())))
@pytest.mark.parametrize("to", LetterTo)
def test_a_draft_has_whole_paragraphs_and_no_gap(kind: str, to: LetterTo) -> None:
    for outcome in (PLAIN, Outcome(PLAIN.step, why_not=WhyNot.AGE)):
        said = drafted(kind, to, outcome)
        assert "{" not in said
        assert "\n\n\n" not in said
        assert ".." not in said
        assert all(line and line == line.strip() for line in said.split("\n\n"))


def test_a_young_person_is_written_to_as_you() -> None:
    said = drafted("accepted", LetterTo.FAMILY, is_young_person=True)
    assert "We aim to see you by" in said
    assert "your child" not in said


def test_long_paragraphs_keep_every_word_in_lines_a_message_can_carry() -> None:
    text = "A word. " * 300
    lines = letters_text.in_lines(text)
    assert lines.split() == text.split()
    assert max(map(len, lines.splitlines())) <= 480


async def one_letter(
    db: Database, now: datetime, answers: Answers = PARENT, discipline: Any = SLT, **changes: Any
) -> tuple[UUID, list[ReferralLetter]]:
    referral_id = await received(db, now, answers, **changes)
    async with db.transaction() as session:
        await decide(session, referral_id, discipline, SIGNPOSTED, now)
        return referral_id, await letters_of(session, referral_id)


async def leaves(bench: Workbench, letter_id: UUID) -> None:
    async with bench.db.transaction() as session:
        await jobs.send_letter(session, bench, letter_id=str(letter_id))


async def test_a_letter_leaves_by_itself_once_when_its_time_has_come_and_not_before(
    house: House, db: Database, clock: MovedClock, bench: Workbench
) -> None:
    referral_id, (letter,) = await one_letter(db, clock.now())
    await leaves(bench, letter.id)
    assert await written(db, referral_id) == []
    clock.move_on(hours=2)
    for _ in range(3):
        await leaves(bench, letter.id)
    (message,) = await written(db, referral_id)
    async with db.transaction() as session:
        (kept,) = await letters_of(session, referral_id)
    assert (kept.state, kept.message_id) == (LetterState.SENT, message.id)
    assert message.said_by == EVE.audit_name


@pytest.mark.parametrize(
    ("answers", "changes", "expected"),
    [
        (PARENT, {}, {"family": None}),
        (YOUNG_PERSON, {"updates": ["none"], "safe": "no"}, {"family": NotTold.NO_SAFE_WAY}),
        (PROFESSIONAL, {}, {"family": None, "referrer": None}),
        (
            PROFESSIONAL,
            {"agreed": "safeguarding"},
            {"family": NotTold.FAMILY_NOT_ASKED, "referrer": NotTold.LOOK_FIRST},
        ),
        (PROFESSIONAL, {"share_others": "no"}, {"family": None, "referrer": NotTold.NO_CONSENT}),
        (PROFESSIONAL, {"who": "education", "share_school": "no"}, {"family": None, "referrer": NotTold.NO_CONSENT}),
        (
            PARENT,
            {"not_tell": "yes", "not_tell_who": "Somebody invented", "not_tell_email": "ana@example.org", "safe": "no"},
            {"family": NotTold.BARRED},
        ),
        (
            PARENT,
            {"not_tell": "yes", "not_tell_who": "Somebody invented", "not_tell_email": "them@example.org"},
            {"family": NotTold.LOOK_FIRST},
        ),
        (PARENT, {"disagree": "yes"}, {"family": NotTold.LOOK_FIRST}),
    ],
)
async def test_who_must_not_be_written_to_gets_nothing_and_the_letter_says_why(
    house: House,
    db: Database,
    clock: MovedClock,
    bench: Workbench,
    answers: Answers,
    changes: dict[str, Any],
    expected: dict[str, NotTold | None],
) -> None:
    discipline = SLT if answers is PARENT else PHYSIO
    referral_id, letters = await one_letter(db, clock.now(), answers, discipline, **changes)
    assert {one.recipient.value: NotTold(one.why) if one.why else None for one in letters} == expected
    clock.move_on(hours=3)
    for letter in letters:
        await leaves(bench, letter.id)
    assert len(await written(db, referral_id)) == list(expected.values()).count(None)


async def test_whoever_may_not_be_told_any_more_when_it_leaves_is_not(
    house: House, db: Database, clock: MovedClock, bench: Workbench
) -> None:
    referral_id, (letter,) = await one_letter(db, clock.now())
    # Another referral of the child says meanwhile who must not be told.
    barred = {"not_tell": "yes", "not_tell_who": "Somebody invented", "not_tell_email": "ana@example.org"}
    await received(db, clock.now(), PARENT, **barred)
    clock.move_on(hours=2)
    await leaves(bench, letter.id)
    assert await written(db, referral_id) == []
    async with db.transaction() as session:
        (kept,) = await letters_of(session, referral_id)
    assert (kept.state, kept.why) == (LetterState.KEPT, NotTold.BARRED)


async def test_reopened_before_anybody_was_told_nobody_is_and_after_it_everybody_who_was(
    house: House, db: Database, clock: MovedClock, bench: Workbench
) -> None:
    referral_id, (letter,) = await one_letter(db, clock.now())
    async with db.transaction() as session:
        await decide(session, referral_id, SLT, REOPENED, clock.now())
        assert [one.state for one in await letters_of(session, referral_id)] == [LetterState.DROPPED]
        await decide(session, referral_id, SLT, NOT_ACCEPTED, clock.now())
        second = (await letters_of(session, referral_id))[-1]
    clock.move_on(hours=2)
    for each in (letter, second):
        await leaves(bench, each.id)
    assert len(await written(db, referral_id)) == 1
    async with db.transaction() as session:
        await decide(session, referral_id, SLT, REOPENED, clock.now())
        last = (await letters_of(session, referral_id))[-1]
    assert (last.kind, last.state) == ("reopened", LetterState.DRAFT)


async def test_a_letter_told_in_person_stays_on_record_and_never_leaves(
    house: House, db: Database, clock: MovedClock, bench: Workbench
) -> None:
    referral_id, (letter,) = await one_letter(db, clock.now())
    async with db.transaction() as session:
        await letters_service.keep(session, EVE, referral_id, letter.id, 1, clock.now())
    with pytest.raises(NotPossible):
        async with db.transaction() as session:
            await letters_service.send(session, EVE, referral_id, letter.id, 2, clock.now())
    clock.move_on(hours=3)
    await leaves(bench, letter.id)
    assert await written(db, referral_id) == []


async def test_two_who_change_a_letter_do_not_overwrite_each_other(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id, (letter,) = await one_letter(db, clock.now())
    async with db.transaction() as session:
        await letters_service.edit(session, EVE, referral_id, letter.id, 1, "Mine", clock.now())
    with pytest.raises(Stale):
        async with db.transaction() as session:
            await letters_service.edit(session, EVE, referral_id, letter.id, 1, "Theirs", clock.now())


async def test_a_familys_own_act_is_answered_at_once(
    house: House, db: Database, clock: MovedClock, bench: Workbench
) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        await decide(session, referral_id, SLT, Outcome(RequestStep.WITHDRAW), clock.now(), by=PUBLIC)
        (letter,) = await letters_of(session, referral_id)
    assert letter.leaves_at == clock.now()
