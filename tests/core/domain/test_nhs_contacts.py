"""Phone numbers and e-mail addresses as people type them, kept in a form that can be rung and written to.

Every number and address here is set aside for examples.
"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.domain import nhs

SPACES = st.text(" -\u00a0\u2009\u2011\u2013\u2014().\t\n\u200b\ufeff", max_size=3)
drama_landlines = st.integers(0, 999).map("01632960{:03d}".format)
drama_mobiles = st.integers(0, 999).map("07700900{:03d}".format)


@given(drama_landlines | drama_mobiles)
@example("01632960000")
@example("01632960999")
@example("07700900000")
@example("07700900999")
def test_numbers_set_aside_for_drama_pass_and_are_kept_with_the_country_code(number: str) -> None:
    kept = nhs.parse_phone(number)
    assert kept == f"+44{number[1:]}"
    assert nhs.is_mobile(kept) is number.startswith("07")
    assert nhs.show_phone(kept).replace(" ", "") == number
    assert nhs.parse_phone(nhs.show_phone(kept)) == kept


@pytest.mark.parametrize("typed", ["01632 961000", "01632 959999", "07700 899999999", "01632 96000"])
def test_the_numbers_beside_the_drama_ranges_do_not_pass_with_them(typed: str) -> None:
    with pytest.raises(ValueError, match="Enter a phone number"):
        nhs.parse_phone(typed)


@given(drama_mobiles, st.lists(SPACES, min_size=12, max_size=12))
def test_spaces_brackets_dashes_and_unseen_signs_do_not_matter(number: str, gaps: list[str]) -> None:
    typed = gaps[0] + "".join(digit + gap for digit, gap in zip(number, gaps[1:], strict=True))
    assert nhs.parse_phone(typed) == nhs.parse_phone(number)


@pytest.mark.parametrize(
    "typed", ["+44 1632 960001", "+44 (0)1632 960001", "0044 1632 960001", "(01632) 960-001", "01632.960.001"]
)
def test_every_way_to_write_a_uk_number_is_the_same_number(typed: str) -> None:
    assert nhs.parse_phone(typed) == "+441632960001"


@pytest.mark.parametrize("line", ["01992 588 562", "01438 843 758", "01442 453 300", "01442 454 012"])
def test_the_duty_lines_are_phone_numbers(line: str) -> None:
    assert not nhs.is_mobile(nhs.parse_phone(line))


def test_a_number_abroad_keeps_its_country_code() -> None:
    kept = nhs.parse_phone("+353 1 234 5678")
    assert kept == "+35312345678"
    assert nhs.show_phone(kept) == "+353 1 234 5678"


@pytest.mark.parametrize("typed", ["0906 123 4567", "0909 879 0000", "+44 906 123 4567", "+1 900 234 5678"])
def test_premium_rate_is_refused_because_staff_ring_back(typed: str) -> None:
    with pytest.raises(ValueError, match="We cannot ring premium rate numbers"):
        nhs.parse_phone(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "none",
        "999",
        "0123",
        "01632 960001 ext 5",
        "01632 960001 x5",
        "01632 960001#5",
        "07700 900982 or 01632 960001",
        "07700 900982 / 01632 960001",
        "0800 CALL NOW",
        "07700 9OO982",
        "07700 900982\x00",
        "++447700900982",
        "1" * 5000,
    ],
)
def test_what_cannot_be_rung_exactly_as_typed_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValueError, match="Enter a phone number, like 01632 960 001 or 07700 900 982"):
        nhs.parse_phone(typed)


def test_the_examples_in_the_message_are_themselves_accepted() -> None:
    assert nhs.parse_phone("01632 960 001") == "+441632960001"
    assert nhs.parse_phone("07700 900 982") == "+447700900982"


@given(st.text(max_size=20) | st.from_regex(r"[+0-9() -]{3,16}", fullmatch=True))
def test_whatever_is_typed_gives_a_number_that_reads_back_as_itself_or_a_value_error(typed: str) -> None:
    try:
        kept = nhs.parse_phone(typed)
    except ValueError:
        return
    assert kept[0] == "+"
    assert kept[1:].isascii()
    assert kept[1:].isdigit()
    assert nhs.parse_phone(kept) == kept
    assert nhs.parse_phone(nhs.show_phone(kept)) == kept


# E-mail


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  jo@example.org\n", "jo@example.org"),
        ("Jo.O'Neil+school@Mail.EXAMPLE.org", "Jo.O'Neil+school@mail.example.org"),
        ("jo\u200b@example.org\ufeff", "jo@example.org"),
        ("a@b-c.example.org", "a@b-c.example.org"),
    ],
)
def test_an_address_is_kept_as_typed_with_its_host_in_small_letters(typed: str, kept: str) -> None:
    assert nhs.parse_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "jo",
        "jo@",
        "@example.org",
        "jo@example",
        "jo@@example.org",
        "jo@example.org@example.org",
        "jo..b@example.org",
        "jo@example..org",
        ".jo@example.org",
        "jo.@example.org",
        "jo@.example.org",
        "jo@example.org.",
        "jo@-example.org",
        "jo@example-.org",
        "jo@exam_ple.org",
        "jo@example.o",
        "jo@example.123",
        "jo@[192.0.2.1]",
        "jo b@example.org",
        "Jo <jo@example.org>",
        "jo@example.org, al@example.org",
        "jo@example.org;al@example.org",
        '"jo"@example.org',
        "mailto:jo@example.org",
        "zoë@example.org",
        "jo@ex\u017fample.org",  # a long s, which [a-z] takes when capitals do not matter
        "jo@example.or\u212a",  # the Kelvin sign, likewise
    ],
)
def test_what_is_no_single_plain_address_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValueError, match=r"in the correct format, like name@example\.com"):
        nhs.parse_email(typed)


@pytest.mark.parametrize(
    "sign", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", ",", ";", "<", ">"]
)
def test_signs_that_could_begin_another_header_or_recipient_are_refused(sign: str) -> None:
    for typed in (
        f"jo{sign}Bcc:al@example.org",
        f"jo@example.org{sign}Bcc: al@example.org",
        f"j{sign}o@example.org",
    ):
        with pytest.raises(ValueError, match="Enter an email address"):
            nhs.parse_email(typed)


def an_address_of(length: int) -> str:
    host = f"{'a' * 63}.{'b' * 63}.{'c' * 63}.example.org"
    return f"{'j' * (length - len(host) - 1)}@{host}"


def test_an_address_may_have_320_signs_and_not_one_more() -> None:
    assert nhs.parse_email(an_address_of(320)) == an_address_of(320)
    with pytest.raises(ValueError, match="Enter an email address"):
        nhs.parse_email(an_address_of(321))


def test_a_label_of_the_host_may_have_63_signs_and_the_host_253() -> None:
    with pytest.raises(ValueError, match="Enter an email address"):
        nhs.parse_email(f"jo@{'a' * 64}.org")
    host = f"{'a.' * 125}org"
    assert len(host) == 253
    assert nhs.parse_email(f"jo@{host}")
    with pytest.raises(ValueError, match="Enter an email address"):
        nhs.parse_email(f"jo@{'aa.' + host[2:]}")


@given(st.text(max_size=30) | st.emails())
def test_whatever_is_typed_gives_one_printable_plain_address_or_a_value_error(typed: str) -> None:
    try:
        kept = nhs.parse_email(typed)
    except ValueError:
        return
    assert kept.isascii()
    assert kept.isprintable()
    assert " " not in kept
    assert kept.count("@") == 1
    assert nhs.parse_email(kept) == kept
