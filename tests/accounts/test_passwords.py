"""Which passwords are taken."""

import pytest

from accounts.passwords import COMMON, EASY, OWN, check_password, is_common
from app.demo.staff import PASSWORD

OWN_WORDS = ("Ann Invented", "ann.invented@example.org", "Children and young people’s therapies")


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct horse battery staple",
        "x7#Kp9!qLm2$",
        "мой пароль очень длинный",
        "   three words apart   ",
        "(4@8[{<3691!|10$5+7%2" * 12,
        "gull teapot gravel",
    ],
)
def test_long_and_unusual_is_all_it_takes(password: str) -> None:
    assert check_password(password, OWN_WORDS) == password


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Sh0rt!word1", "12 characters or more"),
        ("a" * 257, "256 characters or fewer"),
        ("password1234", COMMON),
        ("PASSWORD 1234", COMMON),
        ("1q2w3e4r5t6y", COMMON),
        ("passwordpassword", EASY),
        ("aaaaaaaaaaaaaaaa", EASY),
        ("123456789012", EASY),
        ("Ann Invented", OWN),
        ("anninvented!", OWN),
        ("ann.invented@example.org", OWN),
        ("Children and young people’s therapies", OWN),
        ("Ann Invented 12", OWN),
    ],
)
def test_what_attackers_try_first_is_refused_with_a_reason(password: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.split("(", maxsplit=1)[0]):
        check_password(password, OWN_WORDS)


def test_the_list_is_of_passwords_that_were_stolen() -> None:
    assert is_common("Qwertyuiop")
    assert not is_common("gull teapot gravel")
