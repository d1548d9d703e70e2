"""The Hertfordshire profile says what the service says of itself; a profile with a fault does not load."""

import tomllib
from copy import deepcopy
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from core.domain import nhs
from core.domain.clock import london
from core.domain.identity import Discipline
from core.domain.profile import Profile, load_profile

FILE = Path(__file__).parents[3] / "profiles" / "hertfordshire.toml"
HERTFORDSHIRE = load_profile(FILE)


@pytest.fixture
def written() -> dict[str, Any]:
    """The file as it stands, to be spoilt."""
    return deepcopy(tomllib.loads(FILE.read_text(encoding="utf-8")))


def test_four_areas_have_the_four_public_duty_lines() -> None:
    assert {area.name: area.phone for area in HERTFORDSHIRE.areas} == {
        "East Herts, Broxbourne, Welwyn and Hatfield": "01992 588 562",
        "North Herts and Stevenage": "01438 843 758",
        "St Albans and Dacorum": "01442 453 300",
        "Watford, Three Rivers and Hertsmere": "01442 454 012",
    }


def test_hours_are_as_public() -> None:
    long, short = (time(9), time(17, 30)), (time(9), time(16, 30))
    assert HERTFORDSHIRE.calendar.hours == {0: long, 1: long, 2: long, 3: long, 4: short}


def test_bank_holidays_are_closed() -> None:
    assert not HERTFORDSHIRE.calendar.is_open_on(date(2026, 12, 28))
    assert HERTFORDSHIRE.calendar.due(london(2026, 12, 24, 10), 1)[0] == date(2026, 12, 29)


def test_bank_holidays_are_known_from_the_first_day_to_the_last_of_the_years_in_the_profile() -> None:
    first, last = HERTFORDSHIRE.bank_holiday_years
    assert date(first, 1, 1) in HERTFORDSHIRE.calendar.closed
    assert date(last, 12, 25) in HERTFORDSHIRE.calendar.closed


def test_the_calendar_is_made_once() -> None:
    assert HERTFORDSHIRE.calendar is HERTFORDSHIRE.calendar


@pytest.mark.parametrize(
    ("outcode", "areas"),
    [
        ("SG3", ["east", "north"]),
        ("EN6", ["east", "south"]),
        ("WD4", ["west", "south"]),
        ("SG14", ["east"]),
        ("SG1", ["north"]),
        ("CM21", ["east"]),
        ("CM23", ["east"]),
        ("HP23", ["west"]),
        ("AL1", ["west"]),
        ("WD25", ["south"]),
        ("EN9", []),
        ("EH1", []),
    ],
)
def test_an_outcode_gives_every_area_that_serves_it_and_none_outside(outcode: str, areas: list[str]) -> None:
    assert [area.id for area in HERTFORDSHIRE.areas_of(outcode)] == areas


def test_every_outcode_is_spelt_as_a_parsed_postcode_gives_it() -> None:
    for area in HERTFORDSHIRE.areas:
        for outcode in area.outcodes:
            assert nhs.outcode(nhs.parse_postcode(f"{outcode} 1AA")) == outcode


def test_an_area_is_found_by_its_id() -> None:
    north = HERTFORDSHIRE.area("north")
    assert north is not None
    assert north.name == "North Herts and Stevenage"
    assert HERTFORDSHIRE.area("nowhere") is None


def test_all_three_disciplines_are_named_and_open_to_families_and_professionals() -> None:
    assert set(HERTFORDSHIRE.disciplines) == set(Discipline)
    for discipline in Discipline:
        [general] = [
            rule for rule in HERTFORDSHIRE.referral.rules if (rule.discipline, rule.pathway) == (discipline, "any")
        ]
        assert {"parent", "young-person", "health", "education"} <= general.open_to


@pytest.mark.parametrize(
    ("discipline", "pathway"),
    [(Discipline.SLT, "eating-and-drinking"), (Discipline.PHYSIO, "after-an-operation")],
)
def test_two_pathways_take_health_professionals_only_and_tell_everyone_else_where_to_turn(
    discipline: Discipline, pathway: str
) -> None:
    [rule] = [rule for rule in HERTFORDSHIRE.referral.rules if (rule.discipline, rule.pathway) == (discipline, pathway)]
    assert rule.open_to == {"health"}
    assert "advice line" in rule.otherwise


def test_urgent_messages_are_due_today_and_the_others_the_next_working_day() -> None:
    assert HERTFORDSHIRE.advice.due_days == {"urgent": 0, "routine": 1}


def test_a_closure_in_the_profile_is_a_closed_day(written: dict[str, Any]) -> None:
    written["closures"] = [{"day": date(2026, 12, 1), "why": "Training day"}]
    profile = Profile.model_validate(written)
    assert profile.calendar.closed[date(2026, 12, 1)] == "Training day"
    assert profile.calendar.version != HERTFORDSHIRE.calendar.version


@pytest.mark.parametrize(
    "place",
    [
        (),
        ("areas", 0),
        ("hours", "monday"),
        ("referral",),
        ("referral", "rules", 0),
        ("advice",),
        ("booking",),
    ],
)
def test_an_unknown_key_anywhere_is_refused_by_name(place: tuple[Any, ...], written: dict[str, Any]) -> None:
    part: Any = written
    for step in place:
        part = part[step]
    part["surprise"] = 1

    with pytest.raises(ValidationError) as refused:
        Profile.model_validate(written)
    assert [error["loc"] for error in refused.value.errors()] == [(*place, "surprise")]


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        (("hours",), {}),
        (("hours",), {"mondag": {"opens": time(9), "closes": time(17)}}),
        (("hours", "monday"), {"opens": time(17), "closes": time(9)}),
        (("hours", "monday"), {"opens": time(9), "closes": time(9)}),
        (("areas", 0, "outcodes"), ["al1"]),
        (("areas", 0, "outcodes"), ["AL1 3JE"]),
        (("areas", 0, "id"), "north"),
        (("advice", "due_days"), {"urgent": -1}),
        (("advice", "tries"), 0),
        (("booking", "hold_minutes"), 0),
        (("referral", "target_days"), {"urgent": -14}),
        (("bank_holiday_years",), [2040, 2020]),
        (("disciplines",), {"yoga": {"name": "yoga", "short": "Yoga", "therapist": "teacher"}}),
    ],
)
def test_a_fault_that_would_show_only_later_is_refused_at_the_start(
    place: tuple[Any, ...], fault: Any, written: dict[str, Any]
) -> None:
    part: Any = written
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = fault

    with pytest.raises(ValidationError):
        Profile.model_validate(written)


def test_a_profile_does_not_change_once_read() -> None:
    with pytest.raises(ValidationError):
        HERTFORDSHIRE.trust = "Another"  # type: ignore[misc]
