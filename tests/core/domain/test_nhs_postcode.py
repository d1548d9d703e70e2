"""Postcodes as people type them: the shape is checked, the place never refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import nhs

SPACES = st.text(" -\u00a0\u2009\u2011\u2013\u2014().\t\n\u200b\ufeff", max_size=3)
letters = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
second_letters = st.sampled_from("ABCDEFGHJKLMNOPQRSTUVWXY")
digits = st.sampled_from("0123456789")
outcodes = st.one_of(
    st.builds("{}{}".format, letters, digits),
    st.builds("{}{}{}".format, letters, digits, digits),
    st.builds("{}{}{}".format, letters, second_letters, digits),
    st.builds("{}{}{}{}".format, letters, second_letters, digits, digits),
    st.builds("{}{}{}".format, letters, digits, letters),
    st.builds("{}{}{}{}".format, letters, second_letters, digits, letters),
)
postcodes = st.builds("{} {}{}{}".format, outcodes, digits, letters, letters)


@given(postcodes, st.lists(SPACES, min_size=9, max_size=9), st.booleans())
def test_a_postcode_is_kept_in_capitals_with_one_space_however_it_was_typed(
    postcode: str, gaps: list[str], lower: bool
) -> None:
    signs = postcode.replace(" ", "")
    typed = "".join(sign + gap for sign, gap in zip(signs, gaps, strict=False))
    assert nhs.parse_postcode(typed.lower() if lower else typed) == postcode
    assert nhs.outcode(postcode) == postcode.partition(" ")[0]


@pytest.mark.parametrize(
    ("typed", "kept", "district"),
    [
        ("al13je", "AL1 3JE", "AL1"),
        ("SG1 1AA", "SG1 1AA", "SG1"),
        ("wd171bn", "WD17 1BN", "WD17"),
        ("W1A 1AA", "W1A 1AA", "W1A"),
        ("EC1A1BB", "EC1A 1BB", "EC1A"),
        ("gir0aa", "GIR 0AA", "GIR"),
        ("CM23 2XX", "CM23 2XX", "CM23"),
        ("HP23 5XX", "HP23 5XX", "HP23"),
        ("EH1 1AA", "EH1 1AA", "EH1"),
    ],
)
def test_real_shapes_pass_wherever_in_the_country_they_are(typed: str, kept: str, district: str) -> None:
    assert nhs.parse_postcode(typed) == kept
    assert nhs.outcode(kept) == district


@pytest.mark.parametrize(
    "typed",
    [
        # The published expression lets the next two pass: each of its anchors binds to one branch only.
        "GIR 0AAxyz",
        "xx AL1 3JE",
        "AL1 3JE and more",
        "AAA 1AA",  # and this one: its digit is optional
        "AA 1AA",
        "AL1",
        "3JE",
        "",
        "   ",
        "AL1 3J3",
        "A1L 33E",
        "QQQ1 1AA",
        "\u017fG1 1AA",  # a long s becomes S in capitals
        "AL\u0661 3JE",  # an Arabic-Indic one
        "ＡＬ１ ３ＪＥ",
        "AL1 3JE\x00",
    ],
)
def test_what_is_no_full_postcode_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValueError, match="Enter a full UK postcode, like AL1 3JE"):
        nhs.parse_postcode(typed)


@given(st.text(max_size=12) | st.from_regex(r"[A-Za-z0-9 ]{5,9}", fullmatch=True))
def test_whatever_is_typed_gives_a_short_plain_postcode_or_a_value_error(typed: str) -> None:
    try:
        kept = nhs.parse_postcode(typed)
    except ValueError:
        return
    assert kept.isascii()
    assert kept == kept.upper()
    assert 6 <= len(kept) <= 8
    assert nhs.parse_postcode(kept) == kept
