"""Tables of booking. The row of a place is the only truth about that seat, and nothing is decided by counting."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlmodel import Field

from booking.clinic_words import Audience
from booking.words import BookingState, ContactBy, Happened, OfferKind, PlaceState, SittingState
from core.domain.identity import Discipline
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedJSON, EncryptedText, text_enum

# The low half of a host's id as a range of one number: built-in GiST knows ranges, but not uuids. All our ids carry the
# variant bits there and 62 random ones, so no two hosts are taken for each other.
_HOST = "('x' || replace(right(host_id::text, 17), '-', ''))::bit(64)::bigint"
_HOST_RANGE = f"int8range({_HOST}, {_HOST}, '[]')"


def _hidden(column: str, **options: Any) -> Any:
    return Field(sa_type=EncryptedText(column), **options)


class Offer(Row, table=True):
    """What can be booked. Online offers have a `link_pattern` in which `{code}` stands for the sitting's own secret;
    others have a venue. `capacity` is the number of places of each new sitting."""

    __tablename__ = "offer"
    __table_args__ = (
        sa.CheckConstraint("minutes between 5 and 480", name="minutes_sensible"),
        sa.CheckConstraint("capacity between 1 and 1000", name="capacity_sensible"),
        sa.CheckConstraint("(link_pattern is null) <> (venue is null)", name="link_or_venue"),
        sa.CheckConstraint("kind <> 'screening' or discipline is not null", name="screening_whole"),
        # Universal sessions keep no record of a patient; a screening is about one child.
        sa.CheckConstraint("(kind = 'screening') = asks_child", name="child_for_screening"),
        sa.CheckConstraint(
            "num_nonnulls(release_weekday, release_time, release_weeks) in (0, 3)", name="release_whole"
        ),
        sa.CheckConstraint("release_weekday between 0 and 6 and release_weeks between 1 and 26", name="release_known"),
    )

    kind: OfferKind = Field(sa_type=text_enum(OfferKind, "kind_known"))
    discipline: Discipline | None = Field(default=None, sa_type=text_enum(Discipline, "discipline_known"))
    title: str = Field(max_length=120)
    about: str = Field(max_length=2000)
    audience: str = Field(max_length=200)
    minutes: int
    capacity: int
    link_pattern: str | None = Field(default=None, max_length=300)
    venue: str | None = Field(default=None, max_length=300)
    asks_child: bool = False
    is_public: bool = True
    topic: str = Field(default="", max_length=60, sa_column_kwargs={"server_default": ""})
    language: str = Field(default="en", max_length=10, sa_column_kwargs={"server_default": "en"})
    audience_kind: Audience = Field(
        default=Audience.FAMILIES,
        sa_type=text_enum(Audience, "audience_known"),
        sa_column_kwargs={"server_default": Audience.FAMILIES.value},
    )
    # Of `clinic_words.Question`: they advise, nobody is refused.
    questions: list[dict[str, str]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": sa.text("'[]'::jsonb")}
    )
    release_weekday: int | None = Field(default=None, sa_type=sa.SmallInteger)
    release_time: time | None = None
    release_weeks: int | None = Field(default=None, sa_type=sa.SmallInteger)


class Availability(Row, table=True):
    """A repeating session that is laid out as sittings some weeks ahead; `words.Pattern` says what it means."""

    __tablename__ = "availability"
    __table_args__ = (
        sa.CheckConstraint("weekday between 0 and 6", name="weekday_known"),
        sa.CheckConstraint("opens < closes", name="opens_before_it_closes"),
        sa.CheckConstraint("minutes between 5 and 480 and gap between 0 and 240", name="minutes_sensible"),
        sa.CheckConstraint("last is null or first <= last", name="first_before_last"),
    )

    offer_id: UUID = Field(foreign_key="offer.id")
    host_id: UUID | None = Field(default=None, foreign_key="staff_account.id")
    weekday: int
    opens: time
    closes: time
    minutes: int
    gap: int = 0
    first: date
    last: date | None = None
    # Of each sitting; the offer's own capacity when it is left out.
    places: int | None = Field(default=None, sa_type=sa.SmallInteger)


class Sitting(Row, table=True):
    """One time of an offer. `join_code` goes into the online link, so only who booked can know that link; a pasted
    `video_link` stands in its place. The public may book from `released_at` on, at once when there is none."""

    __tablename__ = "sitting"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        sa.UniqueConstraint("availability_id", "starts_at", name="uq_sitting_laid_out_once"),
        # What place repeats of its sitting stays true by a foreign key to exactly these three.
        sa.UniqueConstraint("id", "offer_id", "starts_at", name="uq_sitting_whole"),
        sa.Index("ix_sitting_starts_at", "starts_at", "id"),
        sa.Index("ix_sitting_offer", "offer_id", "starts_at", "id"),
        # When the next times are released, and which sittings ahead nobody holds.
        sa.Index(
            "ix_sitting_release",
            "offer_id",
            "released_at",
            postgresql_where=sa.text("state = 'planned' and released_at is not null"),
        ),
        sa.Index(
            "ix_sitting_hostless",
            "starts_at",
            "id",
            postgresql_where=sa.text("state = 'planned' and host_id is null"),
        ),
        ExcludeConstraint(
            (sa.text(_HOST_RANGE), "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_sitting_one_at_a_time",
            where=sa.text("state = 'planned' and host_id is not null"),
            using="gist",
        ),
    )

    offer_id: UUID = Field(foreign_key="offer.id")
    availability_id: UUID | None = Field(default=None, foreign_key="availability.id")
    host_id: UUID | None = Field(default=None, foreign_key="staff_account.id")
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    state: SittingState = Field(default=SittingState.PLANNED, sa_type=text_enum(SittingState, "state_known"))
    join_code: str = Field(max_length=60)
    video_link: str | None = _hidden("sitting.video_link", default=None)
    released_at: datetime | None = optional_instant()


class Booking(Row, table=True):
    """A family's or a person's place. What only they may read is encrypted; the keys beside it find it again. Those who
    come as a group have a row each, all but the first with its `lead_id`. A child has two live bookings of an offer at
    the most: `child_slot` tells them apart."""

    __tablename__ = "booking"
    __table_args__ = (
        sa.UniqueConstraint("reference", name="uq_booking_reference"),
        sa.UniqueConstraint("link", name="uq_booking_link"),
        sa.UniqueConstraint("draft_id", name="uq_booking_draft"),
        sa.UniqueConstraint("calendar_uid", name="uq_booking_calendar_uid"),
        # A place names its booking together with the sitting, so the two cannot disagree.
        sa.UniqueConstraint("id", "sitting_id", name="uq_booking_sitting"),
        sa.CheckConstraint("(state = 'cancelled') = (cancelled_at is not null)", name="cancelled_whole"),
        sa.CheckConstraint("calendar_sequence >= 0", name="sequence_grows"),
        sa.CheckConstraint("contact_by <> 'email' or email is not null", name="email_to_write_to"),
        sa.CheckConstraint("contact_by <> 'text' or phone is not null", name="phone_to_text"),
        sa.CheckConstraint("child_slot between 1 and 2", name="two_for_a_child"),
        sa.Index("ix_booking_sitting", "sitting_id"),
        sa.Index("ix_booking_lead", "lead_id", postgresql_where=sa.text("lead_id is not null")),
        sa.Index(
            "uq_booking_child_twice",
            "offer_id",
            "same_child",
            "child_slot",
            unique=True,
            postgresql_where=sa.text("state = 'booked' and same_child is not null"),
        ),
    )

    reference: str = Field(max_length=9)
    link: bytes
    draft_id: UUID
    sitting_id: UUID = Field(foreign_key="sitting.id")
    offer_id: UUID | None = Field(default=None, foreign_key="offer.id")
    lead_id: UUID | None = Field(default=None, foreign_key="booking.id")
    state: BookingState = Field(default=BookingState.BOOKED, sa_type=text_enum(BookingState, "state_known"))
    calendar_uid: str = Field(max_length=80)
    calendar_sequence: int = 0
    child_first: str | None = _hidden("booking.child_first", default=None)
    child_last: str | None = _hidden("booking.child_last", default=None)
    child_born: str | None = _hidden("booking.child_born", default=None)
    child_key: bytes | None = None
    same_child: bytes | None = None
    child_slot: int | None = Field(default=None, sa_type=sa.SmallInteger)
    contact_name: str = _hidden("booking.contact_name")
    contact_by: ContactBy = Field(sa_type=text_enum(ContactBy, "contact_known"))
    email: str | None = _hidden("booking.email", default=None)
    email_key: bytes | None = None
    phone: str | None = _hidden("booking.phone", default=None)
    phone_key: bytes | None = None
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=EncryptedJSON("booking.answers"))
    booked_at: datetime = instant()
    cancelled_at: datetime | None = optional_instant()


class BookingEvent(Row, table=True):
    """What happened to a booking, by whom and why. Only ever added to."""

    __tablename__ = "booking_event"
    __table_args__ = (sa.Index("ix_booking_event_booking", "booking_id", "id"),)

    booking_id: UUID = Field(foreign_key="booking.id")
    happened: Happened = Field(sa_type=text_enum(Happened, "happened_known"))
    at: datetime = instant()
    by: str = Field(max_length=80)
    sitting_id: UUID = Field(foreign_key="sitting.id")
    from_sitting_id: UUID | None = Field(default=None, foreign_key="sitting.id")
    why: str | None = _hidden("booking_event.why", default=None)


class PlaceHold(Row, table=True):
    """A visitor's way to a booking of one offer. Choosing another time keeps the row, and with it what was typed;
    `ended_at` is set when it became a booking, `extended_at` when it was kept for longer, once. `came_from` is a keyed
    hash of the address. One for a family that staff know has its `known_id`, and is shown to `known_by` alone. Whether
    it still holds a place, only the place says."""

    __tablename__ = "place_hold"
    __table_args__ = (
        sa.Index(
            "uq_place_hold_live", "visitor", "offer_id", unique=True, postgresql_where=sa.text("ended_at is null")
        ),
        sa.Index(
            "ix_place_hold_came_from",
            "offer_id",
            "came_from",
            "until",
            postgresql_where=sa.text("ended_at is null and came_from is not null"),
        ),
        sa.Index(
            "ix_place_hold_known", "known_id", postgresql_where=sa.text("ended_at is null and known_id is not null")
        ),
    )

    visitor: bytes
    offer_id: UUID = Field(foreign_key="offer.id")
    sitting_id: UUID = Field(foreign_key="sitting.id")
    until: datetime = instant()
    made_at: datetime = instant()
    ended_at: datetime | None = optional_instant()
    extended_at: datetime | None = optional_instant()
    came_from: bytes | None = None
    known_id: UUID | None = None
    known_by: UUID | None = Field(default=None, foreign_key="staff_account.id")


class Place(Row, table=True):
    """One seat. Free → held → offered → booked is an UPDATE of this row. `held_by` is a hold, or the turn of someone
    who waits. Once `held_until` has come anyone may have a held seat, whatever the state still says; an offered one
    first goes to the next who waits, and to anyone a quarter of an hour later."""

    __tablename__ = "place"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["sitting_id", "offer_id", "starts_at"],
            ["sitting.id", "sitting.offer_id", "sitting.starts_at"],
            name="fk_place_sitting",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["booking_id", "sitting_id"], ["booking.id", "booking.sitting_id"], name="fk_place_booking"
        ),
        sa.UniqueConstraint("sitting_id", "seat", name="uq_place_seat"),
        sa.UniqueConstraint("booking_id", name="uq_place_booking"),
        sa.CheckConstraint("(state in ('held', 'offered')) = (held_by is not null)", name="held_by_someone"),
        sa.CheckConstraint("(held_by is null) = (held_until is null)", name="held_until_then"),
        sa.CheckConstraint("(state = 'booked') = (booking_id is not null)", name="booked_by_someone"),
        sa.Index("uq_place_held_by", "held_by", unique=True, postgresql_where=sa.text("held_by is not null")),
        # Claims and the pages of free times walk this one; booked places are not in it.
        sa.Index(
            "ix_place_takeable",
            "offer_id",
            "starts_at",
            "sitting_id",
            postgresql_where=sa.text("state = 'free' or state = 'held' or state = 'offered'"),
        ),
    )

    sitting_id: UUID
    offer_id: UUID
    starts_at: datetime = instant()
    seat: int = Field(sa_type=sa.SmallInteger)
    state: PlaceState = Field(default=PlaceState.FREE, sa_type=text_enum(PlaceState, "state_known"))
    held_by: UUID | None = None
    held_until: datetime | None = optional_instant()
    booking_id: UUID | None = None
