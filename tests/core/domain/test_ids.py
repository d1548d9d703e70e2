"""Keys sort by time; references survive the phone, handwriting and hurry."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.ids import SPOKEN, new_id, new_reference, new_token, parse_reference, spell

bodies = st.text(SPOKEN, min_size=7, max_size=7)


def test_keys_are_of_version_7_and_sort_by_the_time_they_were_made() -> None:
    keys = [new_id() for _ in range(1000)]
    assert keys == sorted(set(keys))
    assert {key.version for key in keys} == {7}


def test_a_token_holds_256_bits_and_is_safe_in_an_address() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)


def test_no_sign_of_a_reference_can_be_taken_for_another() -> None:
    assert len(SPOKEN) == len(set(SPOKEN)) == 23
    for alike in ("0O", "1IL", "2Z", "5S", "8B", "UV"):
        assert len(set(alike) & set(SPOKEN)) <= 1
    assert not set(SPOKEN) & set("01258OILZSBUV")


def test_a_new_reference_is_two_groups_of_four_and_reads_back_as_itself() -> None:
    for _ in range(200):
        reference = new_reference()
        assert re.fullmatch(rf"[{SPOKEN}]{{4}}-[{SPOKEN}]{{4}}", reference)
        assert parse_reference(reference) == reference


@given(bodies)
def test_every_single_wrong_sign_is_found(body: str) -> None:
    signs = spell(body).replace("-", "")
    for place, right in enumerate(signs):
        for wrong in SPOKEN.replace(right, ""):
            with pytest.raises(ValueError, match="mistyped reference"):
                parse_reference(signs[:place] + wrong + signs[place + 1 :])


@given(bodies)
def test_every_swap_of_two_neighbours_or_of_any_two_signs_is_found(body: str) -> None:
    signs = spell(body).replace("-", "")
    for one, other in combinations(range(8), 2):
        swapped = list(signs)
        swapped[one], swapped[other] = signs[other], signs[one]
        if signs[one] != signs[other]:
            with pytest.raises(ValueError, match="mistyped reference"):
                parse_reference("".join(swapped))


@given(bodies, st.sampled_from(["", "-", " ", " - ", "–", "—", "\u00a0", "‑"]), st.booleans())
def test_lower_case_spaces_and_other_or_missing_dashes_are_accepted(body: str, between: str, lower: bool) -> None:
    stored = spell(body)
    typed = f"  {stored[:4]}{between}{stored[5:]} \n"
    assert parse_reference(typed.lower() if lower else typed) == stored


def test_a_reference_read_out_sign_by_sign_is_accepted() -> None:
    stored = spell("K7MA4QX")
    assert parse_reference(" ".join(stored.replace("-", "").lower())) == stored


@given(st.text())
def test_whatever_is_typed_gives_a_reference_in_its_stored_form_or_a_value_error(typed: str) -> None:
    try:
        stored = parse_reference(typed)
    except ValueError:
        return
    assert parse_reference(stored) == stored == spell(stored.replace("-", "")[:7])


@pytest.mark.parametrize("typed", ["", "K7MA", "K7MA-4QXTT", "O7MA-4QXT", "K7MA-4QX1", "٣٤٦٧-٩٣٤٦", "Ｋ７ＭＡ４ＱＸＡ"])
def test_too_few_too_many_or_foreign_signs_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not a reference"):
        parse_reference(typed)


def test_the_example_shown_on_pages_can_never_be_anybodys_reference() -> None:
    with pytest.raises(ValueError, match="mistyped reference"):
        parse_reference("K7MA-4QXT")
