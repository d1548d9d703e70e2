"""Figures: counted right, cheap, and nobody to be found in them."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event

from advice_line import figures, figures_queries
from advice_line.figures import FEW, HIDDEN, Measured
from advice_line.models import AdviceCall
from advice_line.words import Outcome, State
from core.domain.clock import MovedClock, london, london_day
from core.domain.identity import Discipline, Role
from core.storage.session import Database, Session
from tests.advice_line.support import a_therapist, leave, profile
from tests.conftest import StaffVisit

FIGURES = "/staff/callbacks/figures"


def group(name: str, messages: int) -> Measured:
    return Measured(name, messages, messages, messages // 2, 3.0, messages, messages, 2 * messages, messages)


def test_a_group_of_fewer_than_five_is_not_shown_nor_the_one_that_would_betray_it() -> None:
    whole, groups = figures.shown(group("all", 40), [group("a", 3), group("b", 7), group("c", 30), group("d", 0)])
    assert whole.messages == "40"
    assert [one.messages for one in groups] == [FEW, HIDDEN, "30", "0"]
    assert groups[0].in_time == groups[1].in_time == HIDDEN
    assert groups[2].in_time == "50%"


def test_two_small_groups_hide_each_other() -> None:
    _, groups = figures.shown(group("all", 14), [group("a", 3), group("b", 2), group("c", 9)])
    assert [one.messages for one in groups] == [FEW, FEW, "9"]


def test_a_share_of_fewer_than_five_calls_is_not_shown() -> None:
    few = Measured("a", 20, 20, 19, 2.0, 4, 3, 4, 3)
    shown, _ = figures.shown(few, [])
    assert (shown.in_time, shown.hours, shown.tries, shown.reach) == ("95%", HIDDEN, HIDDEN, HIDDEN)


@pytest.mark.parametrize("start", [london(2026, 10, 23, 16), london(2026, 12, 24, 10), london(2027, 3, 26, 11)])
def test_the_clocks_of_the_figures_agree_with_the_calendar(start: datetime) -> None:
    opened = figures_queries.open_days(profile.calendar, date(2026, 10, 1), date(2027, 4, 10))

    def worked(instant: datetime) -> float:
        place = opened.days.index(london_day(instant))
        passed = instant.timestamp() - opened.opens[place]
        return opened.before[place] + min(max(passed, 0), opened.seconds[place])

    end = start + timedelta(days=6, hours=3)
    assert worked(end) - worked(start) == profile.calendar.working_time(start, end).total_seconds()


async def called(
    session: Session, now: datetime, hours: float, outcomes: tuple[Outcome, ...], **changed: object
) -> None:
    """A message of that moment, rung so many hours later, again an hour after that."""
    message = await leave(session, now, **changed)
    caller = await a_therapist(session, now, f"T{message.reference}")
    assert caller.id
    first = now + timedelta(hours=hours)
    for n, outcome in enumerate(outcomes):
        session.add(
            AdviceCall(
                message_id=message.id, staff_id=caller.id, at=first + timedelta(hours=n), outcome=outcome,
                notes="Invented.", state_after=State.TRIED,
            )
        )  # fmt: skip
    message.first_called_at = first if outcomes else None
    await session.flush()


async def test_what_was_called_in_time_how_soon_how_often_and_whether_anybody_was_there(
    session: Session, clock: MovedClock
) -> None:
    # Given messages of Monday at 10:00, promised by the end of Tuesday
    now = clock.now()
    for hours in (1, 2, 3):
        await called(session, now, hours, (Outcome.NO_ANSWER, Outcome.REACHED))
    await called(session, now, 24, (Outcome.REACHED,), discipline=Discipline.OT, postcode="SG13 7AA")
    await called(session, now, 54, (Outcome.NO_ANSWER,), discipline=Discipline.OT)
    await called(session, now, 0, (), discipline=None)
    # When a manager looks on Thursday
    whole, therapies, teams, _ = await figures_queries.measured(
        session, profile, date(2026, 11, 20), date(2026, 11, 26), london(2026, 11, 26, 10)
    )
    # Then five of six were rung, four in time; by the clock of opening hours
    assert (whole.messages, whole.counted, whole.in_time, whole.called, whole.reached) == (6, 6, 4, 5, 4)
    assert (whole.calls, whole.talks) == (8, 4)
    assert whole.hours == 3.0
    by_name = {one.name: one for one in therapies}
    assert by_name["Occupational therapy"].hours == (8.5 + 23) / 2
    assert by_name["Not sure which"].messages == 1
    assert {one.name: one.messages for one in teams}["East Herts, Broxbourne, Welwyn and Hatfield"] == 1


@pytest.mark.parametrize(
    ("left", "called_at", "hours"),
    [
        # Friday 15:00 to 16:30; the clocks go back on Sunday; Monday 9:00 to 10:00
        (london(2026, 10, 23, 15), london(2026, 10, 26, 10), 2.5),
        # Thursday 15:00 to 17:30; closed from Christmas Day to the bank holiday on Monday; Tuesday 9:00 to 10:00
        (london(2026, 12, 24, 15), london(2026, 12, 29, 10), 3.5),
        # Thursday 15:00 to 17:30; Good Friday; the clocks go forward; Easter Monday; Tuesday 9:00 to 10:00
        (london(2027, 3, 25, 15), london(2027, 3, 30, 10), 3.5),
    ],
    ids=["clocks-back", "christmas", "easter-and-clocks-forward"],
)
async def test_hours_to_the_first_call_count_neither_nights_nor_closures_nor_a_change_of_clocks(
    session: Session, left: datetime, called_at: datetime, hours: float
) -> None:
    for _ in range(5):
        message = await leave(session, left)
        message.first_called_at = called_at
    await session.flush()
    whole, *_ = await figures_queries.measured(
        session, profile, left.date(), left.date() + timedelta(days=9), called_at + timedelta(days=9)
    )
    assert whole.hours == pytest.approx(hours)


async def test_weeks_begin_on_monday_and_a_week_without_messages_stands_there_too(
    session: Session, clock: MovedClock
) -> None:
    # Given two messages promised for Tuesday 24 November and one for Tuesday 8 December
    for at in (london(2026, 11, 23, 10), london(2026, 11, 23, 11), london(2026, 12, 7, 10)):
        await leave(session, at)
    *_, weeks = await figures_queries.measured(
        session, profile, date(2026, 11, 25), date(2026, 12, 9), london(2026, 12, 10, 10)
    )
    *_, whole_weeks = await figures_queries.measured(
        session, profile, date(2026, 11, 23), date(2026, 12, 13), london(2026, 12, 14, 10)
    )
    assert [one.messages for one in weeks] == [0, 0, 1]
    assert [(one.name, one.messages) for one in whole_weeks] == [
        ("Monday 23 November 2026", 2), ("Monday 30 November 2026", 0), ("Monday 7 December 2026", 1)
    ]  # fmt: skip


async def test_a_message_that_is_not_due_yet_does_not_count_as_late(session: Session, clock: MovedClock) -> None:
    await leave(session, clock.now())
    whole, _, _, _ = await figures_queries.measured(
        session, profile, date(2026, 11, 20), date(2026, 11, 26), clock.now()
    )  # fmt: skip
    assert (whole.messages, whole.counted, whole.hours) == (1, 0, None)


async def test_the_figures_cost_one_query(session: Session, clock: MovedClock) -> None:
    await leave(session, clock.now())
    told: list[str] = []
    connection = (await session.connection()).sync_connection

    def count(*seen: object) -> None:
        told.append(str(seen[2]))

    event.listen(connection, "before_cursor_execute", count)
    await figures_queries.measured(session, profile, date(2026, 1, 1), date(2026, 11, 26), clock.now())
    event.remove(connection, "before_cursor_execute", count)
    assert len(told) == 1


async def test_managers_see_figures_and_take_them_along_and_nobody_else(
    db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    async with db.transaction() as session:
        for _ in range(6):
            await called(session, clock.now() - timedelta(days=7), 2, (Outcome.REACHED,))
    grace = await staff_visit(Role.MANAGER, name="Grace Invented")
    page = (await grace.get(FIGURES)).text
    assert "100%" in page
    assert "Robin" not in page
    told = await grace.get(f"{FIGURES}/csv")
    assert told.headers["content-disposition"].startswith("attachment")
    assert "All messages,6,100%,2.0,1.0,100%" in told.text
    amira = await staff_visit(Role.THERAPIST, disciplines=(Discipline.SLT,), name="Amira Invented")
    assert (await amira.get(FIGURES)).status_code == 403
    assert (await amira.get(f"{FIGURES}/csv")).status_code == 403


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("first-day=2&first-month=11&first-year=2026", "Enter the last day"),
        ("first-day=2&first-month=11&first-year=2026&last-day=1&last-month=11&last-year=2026", "must not be before"),
        ("first-day=2&first-month=11&first-year=2020&last-day=1&last-month=11&last-year=2026", "at most 2 years"),
        ("first-day=2&first-month=11&first-year=2026&last-day=1&last-month=12&last-year=2026", "today or earlier"),
        ("first-day=1&first-month=1&first-year=0001&last-day=2&last-month=1&last-year=0001", "last 20 years"),
    ],
)
async def test_days_that_make_no_sense_are_refused_in_words(
    staff_visit: StaffVisit, query: str, words: str
) -> None:  # fmt: skip
    grace = await staff_visit(Role.MANAGER, name="Grace Invented")
    reply = await grace.get(f"{FIGURES}?{query}")
    assert reply.status_code == 422
    assert words in reply.text
