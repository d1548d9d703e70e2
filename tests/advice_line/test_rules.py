"""What the advice line decides by itself."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advice_line import rules
from advice_line.words import Part, Sign, State, Step, Topic, Urgency
from core.domain.calendar import ServiceCalendar
from core.domain.clock import LONDON, in_london, london, london_day
from core.domain.errors import NotPossible
from core.domain.identity import Actor, ActorKind, Discipline, Role
from tests.advice_line.support import profile

CALENDAR = profile.calendar
DAYS = profile.advice.due_days
_START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 718 * 24 * 60).map(lambda minutes: _START + timedelta(minutes=minutes))
TRIES, OVER_DAYS = 3, 2


# Urgency


@settings(deadline=None)
@given(st.frozensets(st.sampled_from(Sign)), st.sampled_from(Urgency))
def test_signs_only_ever_raise(signs: frozenset[Sign], said: Urgency) -> None:
    found = rules.urgency_of(signs, said)
    assert found is Urgency.URGENT if signs or said is Urgency.URGENT else found is Urgency.ROUTINE


@pytest.mark.parametrize(
    ("about", "therapy", "signs", "said", "expected"),
    [
        (Topic.EATING, None, (), "", {"eating-and-drinking"}),
        (Topic.OTHER, Discipline.SLT, (Sign.CHOKING,), "", {"eating-and-drinking"}),
        # Cutlery.
        (Topic.EATING, Discipline.OT, (), "", set()),
        (Topic.SENSORY, Discipline.OT, (), "", {"sensory-needs"}),
        (Topic.SENSORY, None, (), "", {"sensory-needs"}),
        (Topic.EQUIPMENT, Discipline.PHYSIO, (), "", {"equipment-and-moving-safely"}),
        (Topic.MOVING, Discipline.PHYSIO, (Sign.AFTER_SURGERY,), "", {"after-an-operation"}),
        (Topic.MOVING, None, (), "He had Botox in June.", {"after-an-operation"}),
        (Topic.TALKING, Discipline.SLT, (), "She uses an AAC app and Makaton", {"communication-aids", "signing"}),
        (Topic.EVERYDAY, Discipline.OT, (), "Her dad is deaf: BSL, please", {"signing"}),
        (Topic.TALKING, None, (), "He stammers.", {"stammering"}),
        (Topic.TALKING, Discipline.OT, (), "He stammers.", set()),
        # Words, not letters within them.
        (Topic.TALKING, Discipline.SLT, (), "an absolutely ordinary Isaac", set()),
    ],
)
def test_what_a_call_is_about_is_told_by_topic_signs_and_words(
    about: Topic, therapy: Discipline | None, signs: tuple[Sign, ...], said: str, expected: set[str]
) -> None:
    assert rules.needs_of(profile.advice.competences, about, therapy, signs, (said, None)) == expected


def test_the_profile_names_only_topics_and_signs_there_are_and_nothing_twice() -> None:
    known = profile.advice.competences
    assert {topic for one in known for topic in one.topics} <= set(Topic)
    assert {sign for one in known for sign in one.signs} <= set(Sign)
    assert len({one.id for one in known}) == len(known)
    assert [one.id for one in known if one.required] == ["eating-and-drinking"], "a swallow is nobody else’s"
    assert all(word == word.casefold() for one in known for word in one.words)


# Promises


@settings(deadline=None)
@given(INSTANTS, st.sampled_from(Urgency))
def test_a_promise_ends_when_the_service_closes_on_an_open_day_after_the_message(
    received: datetime, urgency: Urgency
) -> None:
    promised = rules.promise(CALENDAR, DAYS, received, urgency)
    assert CALENDAR.is_open_on(promised.due_on)
    assert promised.due_at == CALENDAR.opening(promised.due_on)[1] > received
    assert promised.due_on >= london_day(promised.clock_start)


@settings(deadline=None)
@given(INSTANTS)
def test_an_urgent_message_is_never_due_later_than_a_routine_one(received: datetime) -> None:
    urgent, routine = (rules.promise(CALENDAR, DAYS, received, u) for u in (Urgency.URGENT, Urgency.ROUTINE))
    assert urgent.due_at <= routine.due_at


@settings(deadline=None)
@given(INSTANTS, INSTANTS, st.sampled_from(Urgency))
def test_who_left_a_message_first_is_never_promised_a_later_day(a: datetime, b: datetime, urgency: Urgency) -> None:
    first, second = sorted((a, b))
    earlier, later = (rules.promise(CALENDAR, DAYS, at, urgency) for at in (first, second))
    assert earlier.due_at <= later.due_at


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (london(2026, 11, 21, 23, 40), date(2026, 11, 23)),  # Saturday night: by the end of Monday
        (london(2026, 11, 23, 10), date(2026, 11, 24)),
        (london(2026, 11, 27, 17), date(2026, 11, 30)),  # Friday after we closed
        (london(2026, 12, 24, 16), date(2026, 12, 29)),  # Christmas on Friday, and a substitute day on Monday
        (london(2026, 10, 24, 23, 30), date(2026, 10, 26)),  # the night the clocks go back
        (london(2027, 3, 27, 23, 30), date(2027, 3, 30)),  # the night they go forward, Easter Monday after it
    ],
)
def test_the_day_of_a_routine_call(received: datetime, due: date) -> None:
    assert rules.promise(CALENDAR, DAYS, received, Urgency.ROUTINE).due_on == due


def test_an_urgent_message_in_hours_is_for_today_and_at_night_for_the_next_day_we_open() -> None:
    assert rules.promise(CALENDAR, DAYS, london(2026, 11, 23, 10), Urgency.URGENT).due_on == date(2026, 11, 23)
    assert rules.promise(CALENDAR, DAYS, london(2026, 11, 21, 23, 40), Urgency.URGENT).due_on == date(2026, 11, 23)


# States


def test_what_is_over_never_moves_again() -> None:
    for state in set(State) - rules.OPEN:
        for step in Step:
            with pytest.raises(NotPossible):
                rules.moved(state, step)


def test_every_open_message_can_be_closed_withdrawn_and_called_again() -> None:
    for state in rules.OPEN:
        assert rules.moved(state, Step.WITHDRAW) is State.WITHDRAWN
        assert rules.moved(state, Step.CLOSE) is State.CLOSED
        assert rules.moved(state, Step.CALL_AGAIN) is State.CALL_AGAIN


@settings(deadline=None)
@given(st.lists(st.sampled_from(Step)))
def test_no_path_leads_to_a_state_that_is_neither_open_nor_over(steps: list[Step]) -> None:
    state = State.NEW
    for step in steps:
        try:
            state = rules.moved(state, step)
        except NotPossible:
            continue
    assert state in rules.OPEN or state in (State.CLOSED, State.WITHDRAWN)


def test_only_what_was_set_aside_can_be_closed_without_a_call() -> None:
    may = [state for state in rules.OPEN if _may(state, Step.REVIEWED)]
    assert may == [State.REVIEW]


def _may(state: State, step: Step) -> bool:
    try:
        rules.moved(state, step)
    except NotPossible:
        return False
    return True


# Parts of the day


@pytest.mark.parametrize(
    ("hour", "minute", "part"),
    [
        (9, 0, Part.MORNING),
        (11, 59, Part.MORNING),
        (12, 0, Part.LUNCH),
        (14, 0, Part.AFTERNOON),
        (23, 59, Part.AFTERNOON),
    ],
)
def test_the_part_of_the_day_is_londons(hour: int, minute: int, part: Part) -> None:
    assert rules.part_of(london(2026, 7, 1, hour, minute)) is part


def test_a_session_covers_the_parts_it_touches() -> None:
    assert rules.parts_between(time(9), time(12)) == {Part.MORNING}
    assert rules.parts_between(time(9), time(12, 30)) == {Part.MORNING, Part.LUNCH}
    assert rules.parts_between(time(14), time(17)) == {Part.AFTERNOON}


# When runs may happen


@pytest.mark.parametrize(
    ("at", "may"),
    [
        (london(2026, 11, 23, 7, 29), False),
        (london(2026, 11, 23, 7, 30), True),
        (london(2026, 11, 23, 17, 29), True),
        (london(2026, 11, 23, 17, 44), True),  # what came at the last minute
        (london(2026, 11, 23, 17, 45), False),
        (london(2026, 11, 21, 10), False),  # Saturday
        (london(2026, 12, 25, 10), False),
        (london(2026, 10, 26, 7, 30), True),  # the first morning after the clocks went back
    ],
)
def test_calls_are_shared_out_from_the_morning_run_until_just_after_we_close(at: datetime, may: bool) -> None:
    assert rules.may_share_out(CALENDAR, time(7, 30), at) is may


# No answer


def follow(first: datetime, good: frozenset[Part]) -> list[datetime]:
    """The tries of a therapist who always rings at the earliest moment asked for."""
    tries = [first]
    while again := rules.next_try(tries, good, CALENDAR, TRIES, OVER_DAYS):
        assert again.start > tries[-1]
        assert again.start < again.by
        tries.append(again.start)
    return tries


OPEN_INSTANTS = INSTANTS.filter(CALENDAR.is_open_at)
GOOD_TIMES = st.frozensets(st.sampled_from(Part))


@settings(deadline=None)
@given(OPEN_INSTANTS, GOOD_TIMES)
def test_three_tries_over_two_days_are_made_when_we_are_open(first: datetime, good: frozenset[Part]) -> None:
    tries = follow(first, good)
    assert len(tries) <= TRIES + 1
    assert len(tries) >= TRIES
    assert len({london_day(at) for at in tries}) >= OVER_DAYS
    assert all(CALENDAR.is_open_at(at) for at in tries)


@settings(deadline=None)
@given(OPEN_INSTANTS)
def test_who_can_be_called_any_time_is_tried_at_different_times(first: datetime) -> None:
    tries = follow(first, frozenset())
    assert len(tries) == TRIES
    assert len({rules.part_of(at) for at in tries}) == TRIES


@settings(deadline=None)
@given(OPEN_INSTANTS, st.sampled_from(Part))
def test_who_gave_one_good_time_is_called_again_only_then(first: datetime, good: Part) -> None:
    assert {rules.part_of(at) for at in follow(first, frozenset({good}))[1:]} == {good}


def test_tries_always_at_one_time_of_day_end_all_the_same() -> None:
    mornings = [london(2026, 11, 23 + n, 9, 30) for n in range(5)]
    for made in range(1, 6):
        assert not rules.tries_are_used(mornings[:made], frozenset(), TRIES, OVER_DAYS)
    assert rules.tries_are_used([*mornings, london(2026, 11, 30, 9, 30)], frozenset(), TRIES, OVER_DAYS)


def test_three_tries_on_one_day_are_not_enough() -> None:
    tries = [london(2026, 11, 23, hour) for hour in (9, 13, 16)]
    again = rules.next_try(tries, frozenset(), CALENDAR, TRIES, OVER_DAYS)
    assert again is not None
    assert london_day(again.start) == date(2026, 11, 24)


def test_a_try_on_friday_afternoon_goes_on_after_the_weekend() -> None:
    again = rules.next_try([london(2026, 11, 27, 15)], frozenset(), CALENDAR, TRIES, OVER_DAYS)
    assert again is not None
    assert again.start == london(2026, 11, 30, 9)
    assert again.by == london(2026, 11, 30, 17, 30)


def test_a_call_agreed_for_a_day_that_was_closed_meanwhile_is_for_the_next_open_one() -> None:
    assert rules.call_on(CALENDAR, date(2026, 12, 25)).start == london(2026, 12, 29, 9)


# Order, priority, memory


def order(**changed: object) -> tuple[object, ...]:
    now = london(2026, 11, 23, 10)
    plain = {
        "urgency": Urgency.ROUTINE,
        "due_at": london(2026, 11, 23, 17, 30),
        "start": london(2026, 11, 23, 9),
        "good": frozenset(),
        "received": london(2026, 11, 22, 9),
        "now": now,
    }
    return rules.list_order(**(plain | changed))  # type: ignore[arg-type]


def test_a_list_begins_with_urgent_then_overdue_then_due_then_good_times() -> None:
    urgent = order(urgency=Urgency.URGENT, due_at=london(2026, 11, 24, 17, 30))
    overdue = order(due_at=london(2026, 11, 20, 16, 30))
    good_now, not_now = order(good=frozenset({Part.MORNING})), order(good=frozenset({Part.AFTERNOON}))
    tomorrow = order(due_at=london(2026, 11, 24, 17, 30))
    later = order(urgency=Urgency.URGENT, start=london(2026, 11, 23, 14))
    wanted = [urgent, overdue, good_now, not_now, tomorrow, later]
    shuffled = [wanted[n] for n in (3, 0, 5, 1, 4, 2)]
    assert sorted(shuffled) == wanted


@settings(deadline=None)
@given(INSTANTS, INSTANTS)
def test_urgent_is_above_everything_however_long_the_rest_has_waited(urgent: datetime, routine: datetime) -> None:
    today = max(london_day(urgent), london_day(routine))
    pressing = rules.priority(Urgency.URGENT, london_day(urgent), today)
    assert pressing > rules.priority(Urgency.ROUTINE, london_day(routine), today)


def test_the_worth_of_knowing_a_family_grows_with_talks_and_fades() -> None:
    assert rules.continuity([0]) == 80
    assert rules.continuity([60]) == 40
    assert rules.continuity([0, 60]) == 120
    assert rules.continuity([]) == 0
    assert rules.continuity([0, 0, 0]) == 120


# Sight


def therapist(*disciplines: Discipline) -> Actor:
    return Actor(ActorKind.STAFF, UUID(int=1), "Invented", frozenset({Role.THERAPIST}), frozenset(disciplines))


def test_a_therapist_sees_their_own_and_their_disciplines() -> None:
    me = therapist(Discipline.SLT)
    assert rules.may_see(me, None, Discipline.SLT)
    assert rules.may_see(me, None, None)
    assert rules.may_see(me, UUID(int=1), Discipline.OT)
    assert not rules.may_see(me, UUID(int=2), Discipline.OT)


def test_nobody_else_but_managers_sees_messages() -> None:
    manager = Actor(ActorKind.STAFF, UUID(int=3), "", frozenset({Role.MANAGER}))
    clerk = Actor(ActorKind.STAFF, UUID(int=4), "", frozenset({Role.CLINIC_ADMIN}), frozenset(Discipline))
    assert rules.may_see(manager, None, Discipline.OT)
    assert not rules.may_see(clerk, None, Discipline.OT)
    assert not rules.may_see(Actor(ActorKind.PUBLIC), None, None)


@settings(deadline=None)
@given(INSTANTS)
def test_a_day_has_its_own_two_midnights(now: datetime) -> None:
    start, end = rules.start_of_day(now), rules.end_of_day(now)
    assert start <= now < end
    assert in_london(start).time() == in_london(end).time() == time(0)
    assert timedelta(hours=23) <= end - start <= timedelta(hours=25)


def test_a_year_has_its_changed_days() -> None:
    assert rules.end_of_day(london(2026, 10, 25, 12)) - rules.start_of_day(london(2026, 10, 25, 12)) == timedelta(
        hours=25
    )


def test_one_weekday_service_never_promises_another_day() -> None:
    wednesdays = ServiceCalendar({2: (time(9), time(12))})
    again = rules.next_try([london(2026, 11, 25, 10)], frozenset(), wednesdays, TRIES, OVER_DAYS)
    assert again is not None
    assert again.start.astimezone(LONDON).date() == date(2026, 12, 2)
