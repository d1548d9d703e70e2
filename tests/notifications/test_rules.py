"""What may stand in a message, whatever people typed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.rules import (
    WordsDoNotFit,
    check_names,
    check_subject,
    fit,
    masked,
    plain,
)
from notifications.words import Channel

# What mail programs and phones make a link of without being asked.
_LINKS = re.compile(r"://\S|www\.\S|[^\s.]\.[a-zA-Z]{2}")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Zoë O’Neill-Okafor", "Zoë O’Neill-Okafor"),
        ("https://evil.example/pay", "https: //evil. example/pay"),
        ("see www.evil.example now", "see www. evil. example now"),
        ("evil.example", "evil. example"),
        ("# Urgent\n\n* pay here", "Urgent * pay here"),
        ("Ann\r\nBcc: all@example.org", "Ann Bcc: all@example. org"),
        ("at 9.30 in St. Albans", "at 9.30 in St. Albans"),
        ("a\u202eb\u200bc\x00d", "a b c d"),
        ("", ""),
    ],
)
def test_what_people_type_is_one_line_without_links_or_headings(typed: str, said: str) -> None:
    assert plain(typed) == said


@given(st.text(alphabet=st.sampled_from("aZé0. :/#*>-\n\r\t@w\u200b\u202e\u2028\x00"), max_size=60))
def test_nothing_that_can_be_typed_becomes_a_link_or_a_new_line(typed: str) -> None:
    said = plain(typed)
    assert not _LINKS.search(said)
    assert "\n" not in said
    assert plain(said) == said


@given(st.text(max_size=800))
def test_a_word_is_never_longer_than_a_paragraph(typed: str) -> None:
    assert len(plain(typed)) <= 1000


def test_links_of_ours_stay_whole() -> None:
    assert (
        fit("manage_link", "https://therapies.example.org/bookings/a-b_c")
        == "https://therapies.example.org/bookings/a-b_c"
    )
    assert fit("link", "http://localhost:8000/x") == "http://localhost:8000/x"


@pytest.mark.parametrize(
    "word", ["javascript:alert(1)", "/bookings/1", "https://a.example b", "https://a.example\n", ""]
)
def test_a_link_must_be_a_whole_address(word: str) -> None:
    with pytest.raises(WordsDoNotFit, match="link"):
        fit("link", word)


def test_an_email_address_of_ours_stays_whole_and_lines_stay_lines() -> None:
    assert fit("service_email", "therapies@example.org") == "therapies@example.org"
    assert (
        fit("read_on_links", "https://a.example/x\nhttps://b.example/y") == "https://a.example/x\nhttps://b.example/y"
    )
    assert fit("venue_lines", "1 High Street\nwww.evil.example") == "1 High Street\nwww. evil. example"


def test_every_placeholder_needs_a_word_and_every_word_a_placeholder() -> None:
    check_names({"a", "b"}, {"b", "a"})
    with pytest.raises(WordsDoNotFit, match=r"missing: \['b'\]"):
        check_names({"a", "b"}, {"a"})
    with pytest.raises(WordsDoNotFit, match=r"unused: \['c'\]"):
        check_names({"a"}, {"a", "c"})


def test_a_subject_shows_no_more_than_a_reference() -> None:
    check_subject({"reference"})
    with pytest.raises(WordsDoNotFit, match="child_name"):
        check_subject({"reference", "child_name"})


def test_a_list_shows_enough_of_an_address_to_tell_two_apart() -> None:
    assert masked(Channel.EMAIL, "ann.invented@example.org") == "a…@example.org"
    assert masked(Channel.TEXT, "+447700900982") == "…982"
    assert masked(Channel.LETTER, "1 High Street") == "postal address"
