"""NHS numbers and ages: one kept form, or words that can stand beside the field."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.domain import nhs

# Test numbers checked against the NHS Data Dictionary's rule; none was ever given to a person.
SEEDS = [
    "9990000018",
    "9990000026",
    "9990000034",
    "9990000042",
    "9990000050",
    "9990000069",
    "9990000077",
    "9990000085",
    "9990000093",
    "9990000107",
    "9000000009",
    "9912003888",
    "9990548609",
]
SPACES = st.text(" -\u00a0\u2009\u2011\u2013\u2014().\t\n\u200b\ufeff", max_size=3)


def check_digit(nine: str) -> int:
    """The dictionary's words, step by step, apart from the code under test; 10 means there is none."""
    remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
    return (11 - remainder) % 11


@pytest.mark.parametrize("number", SEEDS)
def test_a_test_number_passes_only_where_test_numbers_are_allowed(number: str) -> None:
    assert nhs.parse_nhs_number(number, allow_test_numbers=True) == number
    with pytest.raises(ValueError, match="only used for tests"):
        nhs.parse_nhs_number(number)


def test_the_example_of_the_nhs_manual_is_no_nhs_number() -> None:
    with pytest.raises(ValueError, match="That is not an NHS number"):
        nhs.parse_nhs_number("999 123 4567", allow_test_numbers=True)


@given(st.integers(400_000_000, 899_999_999).map(str))
def test_of_ten_last_digits_only_the_check_digit_passes(nine: str) -> None:
    passed = []
    for last in "0123456789":
        try:
            passed.append(nhs.parse_nhs_number(nine + last))
        except ValueError:
            continue
    expected = check_digit(nine)
    same = len(set(nine + str(expected))) == 1
    assert passed == ([] if expected == 10 or same else [f"{nine}{expected}"])


@given(st.sampled_from(SEEDS), st.lists(SPACES, min_size=11, max_size=11))
def test_spaces_dashes_and_unseen_signs_anywhere_do_not_matter(number: str, gaps: list[str]) -> None:
    typed = gaps[0] + "".join(digit + gap for digit, gap in zip(number, gaps[1:], strict=True))
    assert nhs.parse_nhs_number(typed, allow_test_numbers=True) == number


@given(st.sampled_from(SEEDS), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_found(number: str, place: int, more: int) -> None:
    wrong = str((int(number[place]) + more) % 10)
    with pytest.raises(ValueError, match="not an NHS number"):
        nhs.parse_nhs_number(number[:place] + wrong + number[place + 1 :], allow_test_numbers=True)


@pytest.mark.parametrize("zero", ["٠", "०", "０", "𝟎"])
def test_digits_of_other_scripts_do_not_pass(zero: str) -> None:
    typed = "".join(chr(ord(zero) + int(digit)) for digit in SEEDS[0])
    assert typed.isdigit()
    with pytest.raises(ValueError, match="must only have digits"):
        nhs.parse_nhs_number(typed, allow_test_numbers=True)


@pytest.mark.parametrize("digit", "0123456789")
def test_ten_times_the_same_digit_is_no_nhs_number(digit: str) -> None:
    with pytest.raises(ValueError, match="That is not an NHS number"):
        nhs.parse_nhs_number(digit * 10, allow_test_numbers=True)


@pytest.mark.parametrize("typed", ["QQ123456C", "qq 12 34 56 c"])
def test_a_national_insurance_number_is_recognised_and_said_so(typed: str) -> None:
    with pytest.raises(ValueError, match=r"National Insurance number\. An NHS number has 10 digits"):
        nhs.parse_nhs_number(typed)


@pytest.mark.parametrize("typed", ["999000001O", "NHS 9990000018", "don't know", "999/000/0018"])
def test_letters_are_answered_with_digits_only(typed: str) -> None:
    with pytest.raises(ValueError, match="NHS number must only have digits, like 999 123 4567"):
        nhs.parse_nhs_number(typed, allow_test_numbers=True)


@pytest.mark.parametrize(("typed", "count"), [("999 000 001", 9), ("999 000 00181", 11), ("1", 1), ("", 0)])
def test_a_wrong_length_is_answered_with_how_many_digits_there_were(typed: str, count: int) -> None:
    with pytest.raises(ValueError, match=rf"must be 10 digits\. You entered {count}$"):
        nhs.parse_nhs_number(typed)


@given(st.sampled_from(SEEDS))
def test_a_number_is_shown_in_groups_and_can_be_typed_back(number: str) -> None:
    shown = nhs.show_nhs_number(number)
    assert [len(group) for group in shown.split(" ")] == [3, 3, 4]
    assert nhs.parse_nhs_number(shown, allow_test_numbers=True) == number


# Ages

days = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2024, 2, 29), 0),
        (date(2025, 2, 28), 0),
        (date(2025, 3, 1), 1),
        (date(2028, 2, 28), 3),
        (date(2028, 2, 29), 4),
        (date(2028, 3, 1), 4),
    ],
)
def test_a_child_born_on_29_february_is_a_year_older_on_1_march_or_in_a_leap_year_on_the_day(
    day: date, age: int
) -> None:
    assert nhs.age_on(date(2024, 2, 29), day) == age


@given(days, st.integers(0, 30))
def test_a_birthday_is_the_first_day_of_the_new_age(born: date, years: int) -> None:
    assume((born.month, born.day) != (2, 29))
    birthday = born.replace(year=born.year + years)
    assert nhs.age_on(born, birthday) == years
    assert nhs.age_on(born, birthday - timedelta(days=1)) == years - 1


@given(days, days)
def test_nobody_gets_younger(born: date, day: date) -> None:
    assert 0 <= nhs.age_on(born, day + timedelta(days=1)) - nhs.age_on(born, day) <= 1


TODAY = date(2026, 12, 1)


@pytest.mark.parametrize("born", [TODAY, date(2024, 2, 29), date(2001, 12, 1), date(2000, 12, 2)])
def test_a_date_of_birth_from_today_back_to_the_last_day_of_age_25_is_taken(born: date) -> None:
    assert nhs.check_date_of_birth(born, TODAY) == born


def test_a_date_of_birth_in_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match="Date of birth must be today or in the past"):
        nhs.check_date_of_birth(date(2026, 12, 2), TODAY)


@pytest.mark.parametrize("born", [date(2000, 12, 1), date(1926, 5, 4), date(1, 1, 1)])
def test_a_date_of_birth_of_someone_over_25_asks_to_check_the_year(born: date) -> None:
    with pytest.raises(ValueError, match=r"in the last 25 years\. Check the year"):
        nhs.check_date_of_birth(born, TODAY)


def test_someone_born_on_29_february_is_taken_until_the_end_of_february_of_the_26th_year() -> None:
    born = date(2000, 2, 29)
    assert nhs.check_date_of_birth(born, date(2026, 2, 28)) == born
    with pytest.raises(ValueError, match="25 years"):
        nhs.check_date_of_birth(born, date(2026, 3, 1))
