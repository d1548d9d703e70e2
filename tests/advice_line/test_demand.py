"""How many calls a day is likely to bring, and whether the rota can take them."""

from datetime import date, datetime, time, timedelta
from itertools import product
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from advice_line import demand, demand_queries
from advice_line.demand import Therapy, ahead, expected, short
from advice_line.models import AdviceCall, AdviceMessage
from advice_line.rota_words import Session as Held
from advice_line.words import Outcome, State
from core.domain.clock import MovedClock
from core.domain.identity import Discipline
from core.storage.session import Session
from tests.advice_line.support import a_therapist, leave, on_duty_all_week, profile

SLT, OT, PHYSIO = Discipline.SLT, Discipline.OT, Discipline.PHYSIO
MONDAY = date(2026, 11, 23)
Due = dict[tuple[date, Discipline | None], int]


def held(slots: int, *disciplines: Discipline, person: int = 1) -> Held:
    return Held(UUID(int=person), time(9), time(12), slots, frozenset(disciplines), frozenset())


def test_a_weekday_is_expected_to_be_like_the_same_weekday_of_twelve_weeks() -> None:
    due: Due = {(MONDAY - timedelta(weeks=n), SLT): 4 for n in range(1, 13)}
    due[MONDAY - timedelta(weeks=13), SLT] = 99
    assert expected(due, 1.0, profile.calendar, MONDAY) == {(0, SLT): 4}
    assert expected(due, 1.25, profile.calendar, MONDAY) == {(0, SLT): 5}


def test_weeks_with_a_bank_holiday_do_not_make_mondays_look_quiet() -> None:
    # Given twelve weeks in which Easter Monday was closed
    today = date(2026, 5, 4)
    mondays = [today - timedelta(weeks=n) for n in range(1, 13)]
    due: Due = {(day, OT): 6 for day in mondays if profile.calendar.is_open_on(day)}
    assert len(due) == 11
    assert expected(due, 1.0, profile.calendar, today) == {(0, OT): 6}


def test_a_therapy_is_short_when_its_own_sessions_do_not_do_however_many_others_there_are() -> None:
    day = ahead(MONDAY, [held(20, SLT), held(2, OT, person=2)], {(0, OT): 5, (0, SLT): 3, (1, OT): 9}, profile.calendar)
    assert (day.calls, day.slots, day.short, dict(day.short_of)) == (8, 22, 3, {OT: 3})


def test_somebody_with_two_therapies_is_not_counted_twice() -> None:
    assert short({SLT: 3, OT: 3}, [held(4, SLT, OT)]) == 2
    assert short({SLT: 3, OT: 3}, [held(4, SLT, OT), held(2, OT, person=2)]) == 0


def test_nothing_is_expected_on_a_closed_day() -> None:
    christmas = ahead(date(2026, 12, 25), [], {(4, SLT): 5}, profile.calendar)
    assert (christmas.closed, christmas.calls, christmas.short) == ("Christmas Day", 0, 0)


SKILLS = st.frozensets(st.sampled_from(Discipline), min_size=1)
CALLS = st.dictionaries(st.sampled_from([SLT, OT, PHYSIO, None]), st.integers(0, 3))


@settings(deadline=None, max_examples=150)
@given(CALLS, st.lists(st.tuples(st.integers(0, 2), SKILLS), max_size=4))
def test_what_stays_over_is_exactly_what_no_sharing_out_can_place(
    calls: dict[Therapy, int], sessions: list[tuple[int, frozenset[Discipline]]]
) -> None:
    there = [held(slots, *skills, person=n) for n, (slots, skills) in enumerate(sessions)]
    assert short(calls, there) == sum(calls.values()) - most_placed(calls, sessions)


def most_placed(calls: dict[Therapy, int], sessions: list[tuple[int, frozenset[Discipline]]]) -> int:
    """The same by augmenting paths, slot by slot."""
    slots = [skills for count, skills in sessions for _ in range(count)]
    wanted = [therapy for therapy, count in calls.items() for _ in range(count)]
    holder: dict[int, int] = {}

    def place(call: int, seen: set[int]) -> bool:
        for slot, skills in enumerate(slots):
            if slot in seen or (wanted[call] is not None and wanted[call] not in skills):
                continue
            seen.add(slot)
            if slot not in holder or place(holder[slot], seen):
                holder[slot] = call
                return True
        return False

    return sum(place(call, set()) for call in range(len(wanted)))


async def test_a_week_ahead_is_read_in_five_queries_however_many_days(session: Session, clock: MovedClock) -> None:
    # Given a message that was promised a call for a Monday and took two
    amira = await a_therapist(session, clock.now())
    await on_duty_all_week(session, amira, slots=1)
    await leave(session, clock.now() - timedelta(days=10))
    await session.flush()
    statements: list[str] = []
    connection = await session.connection()

    def count(*told: object) -> None:
        statements.append(str(told[2]))

    sa.event.listen(connection.sync_connection, "before_cursor_execute", count)
    found = await demand_queries.look_ahead(session, profile.calendar, MONDAY, 7, MONDAY)
    for days in (7, 28):
        statements.clear()
        found = await demand_queries.look_ahead(session, profile.calendar, MONDAY, days, MONDAY)
        assert len(statements) == 5
        assert len(found.days) == days
    sa.event.remove(connection.sync_connection, "before_cursor_execute", count)
    # Friday 13 November at 10:00 was promised by the end of Monday 16
    monday, tuesday = found.days[0], found.days[1]
    assert (monday.calls, monday.slots, monday.short) == (1, 1, 0)
    assert (tuesday.calls, tuesday.slots) == (0, 1)


async def test_ringing_twice_is_expected_as_two_calls_and_a_review_as_none(session: Session, clock: MovedClock) -> None:
    # Given seven messages that were promised a call for Monday 16 November; and each was rung twice
    amira = await a_therapist(session, clock.now())
    assert amira.id
    left = [await leave(session, clock.now() - timedelta(days=10)) for _ in range(7)]
    at = clock.now() - timedelta(days=7)
    session.add_all(rung(one, amira.id, at, Outcome.NO_ANSWER) for one in left)
    await session.flush()
    once = await demand_queries.usual(session, profile.calendar, MONDAY)
    session.add_all(rung(one, amira.id, at, Outcome.REVIEWED) for one in left)
    await session.flush()
    assert await demand_queries.usual(session, profile.calendar, MONDAY) == once == {(0, SLT): 1}
    session.add_all(rung(one, amira.id, at, Outcome.NO_ANSWER) for one in left)
    await session.flush()
    # Then a twelfth of fourteen calls, rounded up
    assert await demand_queries.usual(session, profile.calendar, MONDAY) == {(0, SLT): 2}


def rung(message: AdviceMessage, staff_id: UUID, at: datetime, outcome: Outcome) -> AdviceCall:
    return AdviceCall(message_id=message.id, staff_id=staff_id, at=at, outcome=outcome, state_after=State.TRIED)


@pytest.mark.parametrize(("count", "each"), list(product((1, 12), (1.0, 1.3))))
def test_expectations_are_rounded_up_so_that_they_are_kept(count: int, each: float) -> None:
    due: Due = {(MONDAY - timedelta(weeks=n), SLT): 1 for n in range(1, count + 1)}
    assert expected(due, each, profile.calendar, MONDAY)[0, SLT] >= count * each / demand.WEEKS
