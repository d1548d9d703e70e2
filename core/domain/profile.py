"""What differs between trusts, read from one TOML file. Code never names a place."""

import tomllib
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    StringConstraints,
    model_validator,
)

from core.domain.calendar import ServiceCalendar, england_bank_holidays
from core.domain.identity import Discipline

# As `nhs.outcode` gives it: in another spelling an area would never be found.
Outcode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}[0-9][0-9A-Z]?$")]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DisciplineWords(_Part):
    """How a discipline is named: `name` in full, `short` for staff, `therapist` for the person."""

    name: str
    short: str
    therapist: str


class Area(_Part):
    """A team's patch. An outcode may belong to several areas."""

    id: str
    name: str
    phone: str
    outcodes: frozenset[Outcode]


class Hours(_Part):
    """When the service is open on one weekday, wall time in London."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "Hours":
        if self.opens >= self.closes:
            raise ValueError("opens must be before closes, on the same day")
        return self


class Closure(_Part):
    """A day the service is closed beside weekends and bank holidays."""

    day: date
    why: str


class ReferralRule(_Part):
    """Who may refer to a pathway of a discipline; `otherwise` tells everyone else where to turn."""

    discipline: Discipline
    pathway: str = "any"
    open_to: frozenset[str]
    otherwise: str = ""


class ReferralPolicy(_Part):
    """Ages in whole years; targets in calendar days from the day a referral is received, of every discipline but those
    with targets of their own in `discipline_target_days`."""

    youngest: NonNegativeInt = 0
    oldest: NonNegativeInt = 18
    oldest_with_plan: NonNegativeInt = 25
    target_days: dict[str, NonNegativeInt]
    discipline_target_days: dict[Discipline, dict[str, NonNegativeInt]] = {}
    more_information_days: PositiveInt = 14
    rules: tuple[ReferralRule, ...]

    def target_days_of(self, discipline: Discipline) -> dict[str, int]:
        """By urgency."""
        return {**self.target_days, **self.discipline_target_days.get(discipline, {})}


class Competence(_Part):
    """What some therapists know or can do beside their therapy. A call is about it when its topic, a sign or a word of
    the message says so, and it is for one of these `disciplines` or none yet. When it is `required`, only they call;
    otherwise they are chosen before others."""

    id: str
    name: str
    disciplines: frozenset[Discipline] = frozenset(Discipline)
    topics: frozenset[str] = frozenset()
    signs: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    required: bool = False


class AdvicePolicy(_Part):
    """Working days to call back, by urgency, the no-answer policy, and what somebody may know beside their therapy."""

    due_days: dict[str, NonNegativeInt]
    tries: PositiveInt = 3
    tries_over_days: PositiveInt = 2
    run_at: time = time(7, 30)
    call_minutes: PositiveInt = 15
    competences: tuple[Competence, ...] = ()


class Safeguarding(_Part):
    """Whom staff turn to when they are worried that a child is not safe: the `lead` by name, whom an e-mail without any
    name reaches at once, and the local authority's `children_services`, who take referrals at any hour."""

    lead: str
    phone: str
    email: str
    children_services: str
    children_services_phone: str


class BookingPolicy(_Part):
    """Minutes a place is held while a form is filled, and how far ahead sittings are laid out. From one address so many
    places may be chosen in a quarter of an hour (a school shares one); 0 counts none."""

    hold_minutes: PositiveInt = 15
    weeks_ahead: PositiveInt = 6
    holds_per_address: NonNegativeInt = 60


class RetentionPolicy(_Part):
    """How long records are kept (NHS Records Management Code of Practice). Ages and years are whole; days count from
    the day after. `adult_years` is for those whose treatment ended when they were 18 or older."""

    child_until_age: PositiveInt = 25
    child_until_age_when_17: PositiveInt = 26
    adult_years: PositiveInt = 8
    not_accepted_years: PositiveInt = 2
    enquiry_years: PositiveInt = 8
    group_session_days: PositiveInt = 365
    draft_days: PositiveInt = 28
    recording_days: PositiveInt = 90
    rights_request_years: PositiveInt = 3
    complaint_years: PositiveInt = 10


class Profile(_Part):
    """One service."""

    service: str
    trust: str
    phone: str
    email: str
    address_lines: tuple[str, ...] = ()
    disciplines: dict[Discipline, DisciplineWords]
    areas: tuple[Area, ...]
    hours: dict[str, Hours] = Field(min_length=1)
    closures: tuple[Closure, ...] = ()
    bank_holiday_years: tuple[int, int] = (2020, 2040)
    referral: ReferralPolicy
    advice: AdvicePolicy
    safeguarding: Safeguarding
    booking: BookingPolicy = BookingPolicy()
    retention: RetentionPolicy = RetentionPolicy()

    @model_validator(mode="after")
    def _knows_its_weekdays(self) -> "Profile":
        if unknown := set(self.hours) - set(_WEEKDAYS):
            raise ValueError(f"hours: not weekdays: {sorted(unknown)}")
        return self

    @model_validator(mode="after")
    def _names_each_area_once(self) -> "Profile":
        ids = [area.id for area in self.areas]
        if len(set(ids)) < len(ids):
            raise ValueError("areas: two have the same id")
        return self

    @model_validator(mode="after")
    def _has_bank_holidays(self) -> "Profile":
        first, last = self.bank_holiday_years
        if first > last:
            raise ValueError("bank_holiday_years: the first year is after the last")
        return self

    @cached_property
    def calendar(self) -> ServiceCalendar:
        """Opening hours less bank holidays and closures."""
        first, last = self.bank_holiday_years
        closed = england_bank_holidays(range(first, last + 1)) | {c.day: c.why for c in self.closures}
        hours = {_WEEKDAYS.index(day): (h.opens, h.closes) for day, h in self.hours.items()}
        return ServiceCalendar(hours=hours, closed=closed)

    def closed_also(self, closures: tuple[Closure, ...]) -> "Profile":
        """The same service with further days on which it is closed."""
        changed = self.model_copy(update={"closures": (*self.closures, *closures)})
        # A copy brings along what was counted without them.
        changed.__dict__.pop("calendar", None)
        return changed

    def areas_of(self, outcode: str) -> tuple[Area, ...]:
        """Every area that serves this outcode, in the profile's order; none means outside, never refused."""
        return tuple(area for area in self.areas if outcode in area.outcodes)

    def area(self, area_id: str) -> Area | None:
        return next((area for area in self.areas if area.id == area_id), None)


def load_profile(path: Path) -> Profile:
    """Reads and checks a profile. Raises pydantic's ValidationError naming the place of each fault."""
    return Profile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
