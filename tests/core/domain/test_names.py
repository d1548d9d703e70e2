"""A child is found by name however the name was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.names import plain_name


@pytest.mark.parametrize(
    "name", ["O’Brien-Núñez", "o'brien nunez", "OBRIEN NÚÑEZ", "O’Brien\u2011Nu\u0301n\u0303ez", " O Brien  Nunez "]
)
def test_a_surname_is_found_however_it_is_written(name: str) -> None:
    assert plain_name(name) == "obriennunez"


@given(st.text())
def test_a_plain_name_is_as_plain_as_it_gets(name: str) -> None:
    assert plain_name(plain_name(name)) == plain_name(name)
