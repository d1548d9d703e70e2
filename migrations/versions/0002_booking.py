"""Waiting lists, offers, attendance and what staff change in clinics"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: an older version of the service runs beside this one while it is rolled out."""
    _staff_side()
    _family_side()


def _staff_side() -> None:
    """Offers and rotas as staff write them, what takes sittings away, attendance, people to phone."""
    _offers_and_sittings()
    _what_takes_sittings_away()
    _attendance()
    _people_to_phone()


def _words(*words: str, name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def _offers_and_sittings() -> None:
    op.add_column("offer", sa.Column("topic", sa.String(60), nullable=False, server_default=""))
    op.add_column("offer", sa.Column("language", sa.String(10), nullable=False, server_default="en"))
    audience = sa.Enum("families", "schools", "professionals", "everyone", native_enum=False, length=40)
    op.add_column("offer", sa.Column("audience_kind", audience, nullable=False, server_default="families"))
    op.create_check_constraint(
        op.f("ck_offer_audience_known"),
        "offer",
        "audience_kind in ('families', 'schools', 'professionals', 'everyone')",
    )
    questions = sa.Column("questions", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb"))
    op.add_column("offer", questions)
    op.add_column("offer", sa.Column("release_weekday", sa.SmallInteger(), nullable=True))
    op.add_column("offer", sa.Column("release_time", sa.Time(), nullable=True))
    op.add_column("offer", sa.Column("release_weeks", sa.SmallInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_offer_release_whole"),
        "offer",
        "num_nonnulls(release_weekday, release_time, release_weeks) in (0, 3)",
    )
    op.create_check_constraint(
        op.f("ck_offer_release_known"), "offer", "release_weekday between 0 and 6 and release_weeks between 1 and 26"
    )
    op.add_column("availability", sa.Column("places", sa.SmallInteger(), nullable=True))
    op.add_column("sitting", sa.Column("video_link", sa.LargeBinary(), nullable=True))
    op.add_column("sitting", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "sitting_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column(
            "happened",
            _words(
                "cancelled",
                "closed",
                "capacity",
                "left",
                "planned",
                "host-gone",
                "host",
                name=op.f("ck_sitting_event_happened_known"),
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("places", sa.SmallInteger(), nullable=True),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_sitting_event_sitting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting_event")),
    )
    op.create_index("ix_sitting_event_sitting", "sitting_event", ["sitting_id", "id"])


def _what_takes_sittings_away() -> None:
    op.create_table(
        "clinic_closure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "discipline", _words("ot", "slt", "physio", name=op.f("ck_clinic_closure_discipline_known")), nullable=True
        ),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_clinic_closure_first_before_last")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_closure")),
    )
    op.create_table(
        "clinic_absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_clinic_absence_first_before_last")),
        sa.ForeignKeyConstraint(["host_id"], ["staff_account.id"], name=op.f("fk_clinic_absence_host_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_absence")),
    )
    op.create_index("ix_clinic_absence_host", "clinic_absence", ["host_id", "last_day"])


def _attendance() -> None:
    came = _words(
        "came",
        "late",
        "not-brought",
        "cancelled-by-family",
        "cancelled-by-service",
        name=op.f("ck_attendance_entry_attendance_known"),
    )
    led_to = _words("advice", "refer", "session", name=op.f("ck_attendance_entry_outcome_known"))
    op.create_table(
        "attendance_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("attendance", came, nullable=False),
        sa.Column("outcome", led_to, nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.CheckConstraint(
            "outcome is null or attendance in ('came', 'late')", name=op.f("ck_attendance_entry_outcome_of_a_visit")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_attendance_entry_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_entry")),
    )
    op.create_index("ix_attendance_entry_booking", "attendance_entry", ["booking_id", "id"])


def _people_to_phone() -> None:
    op.create_table(
        "to_phone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column(
            "reason",
            _words("left", "cancelled", "moved", "not-brought", name=op.f("ck_to_phone_reason_known")),
            nullable=False,
        ),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "settled_how",
            _words("phoned", "message-sent", "not-needed", name=op.f("ck_to_phone_settled_known")),
            nullable=True,
        ),
        sa.Column("settled_by", sa.String(80), nullable=True),
        sa.CheckConstraint("(settled_at is null) = (settled_how is null)", name=op.f("ck_to_phone_settled_whole")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_to_phone_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_to_phone")),
    )
    still_open = sa.text("settled_at is null")
    op.create_index("ix_to_phone_open", "to_phone", ["at", "id"], postgresql_where=still_open)
    op.create_index("ix_to_phone_booking", "to_phone", ["booking_id"])
    op.create_index("uq_to_phone_open", "to_phone", ["booking_id", "reason"], unique=True, postgresql_where=still_open)


def _family_side() -> None:
    """Waiting lists and turns, links, groups, limits of holds and of bookings for one child."""
    _lists_of_sittings()
    _bookings_and_holds()
    _waiting_list()
    _turns_and_links()


def _lists_of_sittings() -> None:
    op.create_index(
        "ix_sitting_release",
        "sitting",
        ["offer_id", "released_at"],
        postgresql_where=sa.text("state = 'planned' and released_at is not null"),
    )
    op.create_index(
        "ix_sitting_hostless",
        "sitting",
        ["starts_at", "id"],
        postgresql_where=sa.text("state = 'planned' and host_id is null"),
    )


def _bookings_and_holds() -> None:
    op.add_column("booking", sa.Column("offer_id", sa.Uuid(), nullable=True))
    op.add_column("booking", sa.Column("lead_id", sa.Uuid(), nullable=True))
    op.add_column("booking", sa.Column("same_child", sa.LargeBinary(), nullable=True))
    op.add_column("booking", sa.Column("child_slot", sa.SmallInteger(), nullable=True))
    op.execute("update booking b set offer_id = s.offer_id from sitting s where s.id = b.sitting_id")
    op.create_foreign_key(op.f("fk_booking_offer_id"), "booking", "offer", ["offer_id"], ["id"])
    op.create_foreign_key(op.f("fk_booking_lead_id"), "booking", "booking", ["lead_id"], ["id"])
    op.create_check_constraint(op.f("ck_booking_two_for_a_child"), "booking", "child_slot between 1 and 2")
    op.create_index("ix_booking_lead", "booking", ["lead_id"], postgresql_where=sa.text("lead_id is not null"))
    op.create_index(
        "uq_booking_child_twice",
        "booking",
        ["offer_id", "same_child", "child_slot"],
        unique=True,
        postgresql_where=sa.text("state = 'booked' and same_child is not null"),
    )
    op.drop_constraint(op.f("ck_booking_event_happened_known"), "booking_event", type_="check")
    op.create_check_constraint(
        op.f("ck_booking_event_happened_known"),
        "booking_event",
        "happened in ('booked', 'moved', 'cancelled', 'contact')",
    )
    op.add_column("place_hold", sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("place_hold", sa.Column("came_from", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_place_hold_came_from",
        "place_hold",
        ["offer_id", "came_from", "until"],
        postgresql_where=sa.text("ended_at is null and came_from is not null"),
    )
    op.drop_index("ix_place_takeable", "place")
    op.create_index(
        "ix_place_takeable",
        "place",
        ["offer_id", "starts_at", "sitting_id"],
        postgresql_where=sa.text("state = 'free' or state = 'held' or state = 'offered'"),
    )


def _waiting_list() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _words("screening", "information", "workshop", name=op.f("ck_waiting_kind_known")),
            nullable=False,
        ),
        sa.Column("discipline", _words("ot", "slt", "physio", name=op.f("ck_waiting_discipline_known")), nullable=True),
        sa.Column("wider", sa.Boolean(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            _words("waiting", "offered", "booked", "left", "ended", name=op.f("ck_waiting_state_known")),
            nullable=False,
        ),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("child_key", sa.LargeBinary(), nullable=True),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("missed", sa.SmallInteger(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "days between 1 and 127 and parts between 1 and 7", name=op.f("ck_waiting_wishes_for_something")
        ),
        sa.CheckConstraint(
            "(state in ('waiting', 'offered')) = (ended_at is null)", name=op.f("ck_waiting_ended_whole")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_waiting_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
        sa.UniqueConstraint("draft_id", name="uq_waiting_draft"),
    )
    live, waits = sa.text("state in ('waiting', 'offered')"), sa.text("state = 'waiting'")
    op.create_index("uq_waiting_person", "waiting", ["offer_id", "person"], unique=True, postgresql_where=live)
    op.create_index("ix_waiting_line", "waiting", ["offer_id", "joined_at", "id"], postgresql_where=waits)
    op.create_index(
        "ix_waiting_wider",
        "waiting",
        ["kind", "discipline", "joined_at", "id"],
        postgresql_where=sa.text("state = 'waiting' and wider"),
    )


def _turns_and_links() -> None:
    op.create_table(
        "waiting_turn",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("waiting_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            _words("open", "taken", "declined", "lapsed", "lost", name=op.f("ck_waiting_turn_state_known")),
            nullable=False,
        ),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (ended_at is null)", name=op.f("ck_waiting_turn_ended_whole")),
        sa.CheckConstraint("(state = 'taken') = (booking_id is not null)", name=op.f("ck_waiting_turn_taken_whole")),
        sa.ForeignKeyConstraint(["waiting_id"], ["waiting.id"], name=op.f("fk_waiting_turn_waiting_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_waiting_turn_place_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_waiting_turn_sitting_id")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_waiting_turn_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_turn")),
        sa.UniqueConstraint("waiting_id", "sitting_id", name="uq_waiting_turn_told_once"),
    )
    still_open = sa.text("state = 'open'")
    op.create_index("uq_waiting_turn_open", "waiting_turn", ["waiting_id"], unique=True, postgresql_where=still_open)
    op.create_index("ix_waiting_turn_until", "waiting_turn", ["until", "id"], postgresql_where=still_open)
    op.create_table(
        "family_link",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "kind",
            _words("booking", "feed", "waiting", "turn", name=op.f("ck_family_link_kind_known")),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_family_link")),
    )
    op.create_index("ix_family_link_subject", "family_link", ["subject_id", "kind"])
