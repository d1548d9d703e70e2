"""Numbers and codes people type, parsed into the one form we keep. Each parser raises ValueError with words
that can stand beside the field."""

import re
from datetime import date

import phonenumbers

# Signs nobody sees, which come along when an address or a number is copied from a letter or a phone book.
_UNSEEN = r"\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_INVISIBLE = re.compile(rf"[{_UNSEEN}]")
_SEPARATORS = re.compile(rf"[\s{_UNSEEN}\-\u2010-\u2015\u2212().]")
# The shapes of gov.uk's bulk-data expression, for `fullmatch` only: as published it is anchored wrongly, and
# its optional digit lets AAA 1AA pass.
_POSTCODE = re.compile(
    r"GIR 0AA"
    r"|([A-Z][0-9]{1,2}|[A-Z][A-HJ-Y][0-9]{1,2}|[A-Z][0-9][A-Z]|[A-Z][A-HJ-Y][0-9][A-Z]) [0-9][A-Z]{2}"
)
_NATIONAL_INSURANCE = re.compile(r"[A-Z]{2}[0-9]{6}[A-D]")
# ASCII, because without it [a-z] in any case also takes the long s and the Kelvin sign.
_EMAIL = re.compile(
    r"(?!\.)[a-z0-9.!#$%&'*+/=?^_`{|}~-]+(?<!\.)"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
    re.IGNORECASE | re.ASCII,
)
_PHONE = re.compile(r"[+\uff0b]?\d+")
# Ofcom keeps these for drama; the library calls neither valid.
_DRAMA_LANDLINES = range(1632960000, 1632961000)
_DRAMA_MOBILES = range(7700900000, 7700901000)
_ASK_FOR_PHONE = "Enter a phone number, like 01632 960 001 or 07700 900 982"
_UK = 44
_LARGEST_AGE = 25


def parse_nhs_number(typed: str, *, allow_test_numbers: bool = False) -> str:
    """Ten digits with a true check digit (NHS Data Dictionary, modulus 11). Numbers from 9000000000 on are
    never given to a person and pass only with `allow_test_numbers`."""
    digits = _SEPARATORS.sub("", typed).upper()
    if _NATIONAL_INSURANCE.fullmatch(digits):
        raise ValueError("This looks like a National Insurance number. An NHS number has 10 digits")
    if not re.fullmatch(r"[0-9]*", digits, re.ASCII):
        raise ValueError("NHS number must only have digits, like 999 123 4567")
    if len(digits) != 10:
        raise ValueError(f"NHS number must be 10 digits. You entered {len(digits)}")
    if not _check_digit_holds(digits) or len(set(digits)) == 1:
        raise ValueError("That is not an NHS number. Check the digits and try again")
    if digits.startswith("9") and not allow_test_numbers:
        raise ValueError("That NHS number is only used for tests. Check the digits and try again")
    return digits


def _check_digit_holds(digits: str) -> bool:
    check = 11 - sum(int(d) * weight for d, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check != 10 and check % 11 == int(digits[9])


def show_nhs_number(digits: str) -> str:
    """As people read it: 999 123 4567."""
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def parse_postcode(typed: str) -> str:
    """Upper case with one space before the last three signs: the shape of a postcode; it may not exist."""
    packed = _SEPARATORS.sub("", typed)
    postcode = f"{packed[:-3]} {packed[-3:]}".upper()
    if not packed.isascii() or not _POSTCODE.fullmatch(postcode):
        raise ValueError("Enter a full UK postcode, like AL1 3JE")
    return postcode


def outcode(postcode: str) -> str:
    """The first half of a parsed postcode: the post district."""
    return postcode.partition(" ")[0]


def parse_phone(typed: str) -> str:
    """E.164, from a UK number or one with a country code. Premium-rate numbers are refused, since staff ring
    back; so are letters and extensions, which E.164 would drop without a word."""
    packed = _SEPARATORS.sub("", typed)
    if not _PHONE.fullmatch(packed):
        raise ValueError(_ASK_FOR_PHONE)
    try:
        number = phonenumbers.parse(packed, "GB")
    except phonenumbers.NumberParseException:
        raise ValueError(_ASK_FOR_PHONE) from None
    drama = _is_in(_DRAMA_LANDLINES, number) or _is_in(_DRAMA_MOBILES, number)
    if not (drama or phonenumbers.is_valid_number(number)):
        raise ValueError(_ASK_FOR_PHONE)
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.PREMIUM_RATE:
        raise ValueError("We cannot ring premium rate numbers. Enter another phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_in(uk_numbers: range, number: phonenumbers.PhoneNumber) -> bool:
    return number.country_code == _UK and number.national_number in uk_numbers


def show_phone(e164: str) -> str:
    """As people in the UK write it; other countries keep their code. Nothing for a number that was not shown."""
    if not e164:
        return ""
    number = phonenumbers.parse(e164, "GB")
    styles = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, styles.NATIONAL if number.country_code == _UK else styles.INTERNATIONAL)


def is_mobile(e164: str) -> bool:
    """True when a text can be sent there."""
    number = phonenumbers.parse(e164, "GB")
    kinds = phonenumbers.PhoneNumberType
    return _is_in(_DRAMA_MOBILES, number) or phonenumbers.number_type(number) in (
        kinds.MOBILE,
        kinds.FIXED_LINE_OR_MOBILE,
    )


def parse_email(typed: str) -> str:
    """The address as typed with the host in lower case. Signs and limits are GOV.UK Notify's, which must be
    able to send to it: ASCII, 320 signs, no `..`."""
    address = _INVISIBLE.sub("", typed).strip()
    local, _, host = address.rpartition("@")
    too_long = len(address) > 320 or len(host) > 253
    if too_long or ".." in address or not _EMAIL.fullmatch(address):
        raise ValueError("Enter an email address in the correct format, like name@example.com")
    return f"{local}@{host.lower()}"


def age_on(born: date, day: date) -> int:
    """Whole years; someone born on 29 February has a birthday on 1 March in other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def check_date_of_birth(born: date, today: date) -> date:
    """A date of birth the service can work with: not in the future, aged 25 at most."""
    if born > today:
        raise ValueError("Date of birth must be today or in the past")
    if age_on(born, today) > _LARGEST_AGE:
        raise ValueError("Date of birth must be in the last 25 years. Check the year")
    return born
