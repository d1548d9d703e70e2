"""How long, and by when."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import NotPossible
from core.domain.keeping import Matter
from core.domain.nhs import age_on
from core.domain.profile import RetentionPolicy
from privacy import rules
from privacy.words import ComplaintState, ComplaintStep, Hold, Rule, RunState, RunStep

POLICY = RetentionPolicy()
BORN = st.dates(date(1990, 1, 1), date(2030, 12, 31))
YEARS = st.integers(0, 24)


@given(BORN, st.integers(0, 8000))
def test_a_childs_record_stays_until_the_25th_birthday_and_not_a_day_longer(born: date, days: int) -> None:
    over_on = born + timedelta(days=days)
    found = rules.due(Matter.CHILD, born, over_on, POLICY)
    assert found is not None
    age = age_on(born, over_on)
    if age < 17:
        assert (found.rule, age_on(born, found.on), age_on(born, found.on - timedelta(days=1))) == (
            Rule.BIRTHDAY,
            25,
            24,
        )
    elif age == 17:
        assert (found.rule, age_on(born, found.on), age_on(born, found.on - timedelta(days=1))) == (
            Rule.BIRTHDAY_WHEN_17,
            26,
            25,
        )
    else:
        assert found.rule is Rule.ADULT
        assert found.on >= max(rules.years_after(over_on, 8), rules.birthday(born, 25))


@given(BORN, st.integers(0, 8000), st.integers(-400, 400))
def test_nothing_of_a_child_goes_before_25_whatever_the_day(born: date, days: int, around: int) -> None:
    today = rules.birthday(born, 25) + timedelta(days=around)
    found = rules.due(Matter.CHILD, born, born + timedelta(days=days), POLICY)
    if around < 0:
        assert not rules.is_due(found, today)


def test_born_on_a_leap_day_is_25_on_the_first_of_march() -> None:
    found = rules.due(Matter.CHILD, date(2000, 2, 29), date(2010, 1, 1), POLICY)
    assert found is not None
    assert found.on == date(2025, 3, 1)
    when_17 = rules.due(Matter.CHILD, date(2000, 2, 29), date(2017, 3, 1), POLICY)
    assert when_17 is not None
    assert when_17.on == date(2026, 3, 1)


def test_the_day_before_the_17th_and_the_18th_birthday_count_for_what_they_are() -> None:
    born = date(2000, 6, 15)
    ends = {date(2017, 6, 14): 2025, date(2017, 6, 15): 2026, date(2018, 6, 14): 2026}
    for over_on, year in ends.items():
        found = rules.due(Matter.CHILD, born, over_on, POLICY)
        assert found is not None
        assert found.on == date(year, 6, 15)


@pytest.mark.parametrize("matter", list(Matter))
def test_what_is_open_never_goes(matter: Matter) -> None:
    assert rules.due(matter, date(1900, 1, 1), None, POLICY) is None


@pytest.mark.parametrize(
    ("matter", "over_on", "on"),
    [
        (Matter.NOT_ACCEPTED, date(2024, 2, 29), date(2026, 3, 1)),
        (Matter.DRAFT, date(2026, 1, 1), date(2026, 1, 29)),
        (Matter.RECORDING, date(2026, 1, 1), date(2026, 4, 1)),
        (Matter.GROUP_SESSION, date(2025, 1, 1), date(2026, 1, 1)),
        (Matter.ENQUIRY, date(2018, 5, 1), date(2026, 5, 1)),
        (Matter.COMPLAINT, date(2018, 5, 1), date(2028, 5, 1)),
    ],
)
def test_other_records_have_their_own_times(matter: Matter, over_on: date, on: date) -> None:
    found = rules.due(matter, None, over_on, POLICY)
    assert found is not None
    assert found.on == on
    assert not rules.is_due(found, on - timedelta(days=1))
    assert rules.is_due(found, on)


def test_a_child_record_without_a_birthday_waits_for_a_person() -> None:
    assert rules.due(Matter.CHILD, None, date(1990, 1, 1), POLICY) is None


KEYS = st.frozensets(st.binary(min_size=1, max_size=2), max_size=3)


@given(KEYS, KEYS, KEYS, KEYS)
def test_a_hold_covers_whom_it_names_and_a_hold_for_everything_covers_all(
    nhs: frozenset[bytes], named: frozenset[bytes], held_nhs: frozenset[bytes], held_named: frozenset[bytes]
) -> None:
    today = date(2026, 11, 23)
    covers = rules.is_held(nhs, named, [Hold(held_nhs, held_named)], today)
    meets = bool(nhs & held_nhs or named & held_named)
    assert covers == (meets or not (held_nhs or held_named))
    assert rules.is_held(nhs, named, [Hold()], today)


def test_a_hold_counts_on_its_last_day() -> None:
    hold = Hold(until=date(2026, 11, 23))
    assert rules.is_held(frozenset(), frozenset(), [hold], date(2026, 11, 23))
    assert not rules.is_held(frozenset(), frozenset(), [hold], date(2026, 11, 24))


@given(st.dates(date(2026, 1, 1), date(2040, 1, 1)))
def test_a_month_to_answer_is_at_least_28_and_at_most_31_days(day: date) -> None:
    assert 28 <= (rules.answer_by(day) - day).days <= 31
    assert 89 <= (rules.answer_by(day, extended=True) - day).days <= 92
    assert (rules.acknowledge_by(day) - day).days == 30


def test_the_end_of_a_shorter_month_counts() -> None:
    assert rules.answer_by(date(2027, 1, 31)) == date(2027, 2, 28)


def test_steps_that_are_not_in_the_table_are_refused() -> None:
    with pytest.raises(NotPossible):
        rules.run_after(RunState.LOOKING, RunStep.APPROVE)
    with pytest.raises(NotPossible):
        rules.complaint_after(ComplaintState.RECEIVED, ComplaintStep.CLOSE)


def test_only_the_number_itself_confirms() -> None:
    rules.check_confirmation("1,204", 1204)
    with pytest.raises(ValueError, match="1204"):
        rules.check_confirmation("1205", 1204)
