"""The whole advice line: rota, list, snippets, voice"""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: an older version of the service runs beside this one while it is rolled out."""
    _list_and_record()
    _intake()
    _rota()
    _moves()
    _run()
    _closed_days()
    _booked_after_calls()


def _more_words(table: str, name: str, column: str, *words: str) -> None:
    """A column may hold these words too, beside those it may hold by now."""
    constraint = f"ck_{table}_{name}"
    asked = sa.text("select pg_get_constraintdef(oid) from pg_constraint where conname = :name")
    told = str(op.get_bind().execute(asked, {"name": constraint}).scalar_one())
    known = re.findall(r"'([^']+)'::", told)
    allowed = ", ".join(f"'{word}'" for word in dict.fromkeys([*known, *words]))
    op.drop_constraint(op.f(constraint), table, type_="check")
    op.create_check_constraint(op.f(constraint), table, f"{column} in ({allowed})")


def _known(name: str, table: str, column: str, words: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} in ({words})", name=op.f(f"ck_{table}_{name}"))


def _list_and_record() -> None:
    """Recording a call with what comes next, taking it back, advice texts, worries about safety, moves by hand."""
    _more_words("advice_call", "outcome_known", "outcome", "interpreter-needed")
    _more_words("advice_event", "happened_known", "happened", "taken-back", "passed-on", "moved", "concern", "booked")
    op.add_column("advice_message", sa.Column("pinned", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_advice_message_list",
        "advice_message",
        [sa.text("(urgency <> 'urgent')"), "next_action_at"],
        postgresql_where=sa.text("closed_at is null"),
    )
    _snippets()
    _records()
    _concerns()


def _snippets() -> None:
    op.create_table(
        "advice_snippet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("discipline", sa.String(length=40), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        _known("discipline_known", "advice_snippet", "discipline", "'ot', 'slt', 'physio'"),
        sa.CheckConstraint("version > 0", name=op.f("ck_advice_snippet_version_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_snippet")),
    )
    op.create_table(
        "advice_snippet_version",
        sa.Column("snippet_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["snippet_id"], ["advice_snippet.id"], name=op.f("fk_advice_snippet_version_snippet_id")
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["staff_account.id"], name=op.f("fk_advice_snippet_version_written_by")
        ),
        sa.PrimaryKeyConstraint("snippet_id", "version", name=op.f("pk_advice_snippet_version")),
    )


def _records() -> None:
    op.create_table(
        "advice_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("what_next", sa.String(length=40), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("writes", sa.Boolean(), nullable=False),
        sa.Column("sends_advice", sa.Boolean(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        _known(
            "what_next_known",
            "advice_record",
            "what_next",
            "'close', 'call-again', 'referral', 'booking', 'pass-on'",
        ),
        sa.CheckConstraint(
            "num_nonnulls(settled_at, taken_back_at) < 2", name=op.f("ck_advice_record_settled_or_taken_back")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["advice_message.id"], name=op.f("fk_advice_record_message_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_advice_record_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_record")),
    )
    op.create_index("ix_advice_record_message", "advice_record", ["message_id", "at"])
    op.create_index("ix_advice_record_staff", "advice_record", ["staff_id", "at"])
    op.create_table(
        "advice_given",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("snippet_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["advice_record.id"], name=op.f("fk_advice_given_call_id")),
        sa.ForeignKeyConstraint(
            ["snippet_id", "version"],
            ["advice_snippet_version.snippet_id", "advice_snippet_version.version"],
            name=op.f("fk_advice_given_snippet_id_version"),
        ),
        sa.PrimaryKeyConstraint("call_id", "snippet_id", name=op.f("pk_advice_given")),
    )


def _concerns() -> None:
    op.create_table(
        "advice_concern",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("done", sa.LargeBinary(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(done is null) = (done_at is null)", name=op.f("ck_advice_concern_done_whole")),
        sa.CheckConstraint("(seen_at is null) = (seen_by is null)", name=op.f("ck_advice_concern_seen_whole")),
        sa.CheckConstraint("seen_at is null or done_at is not null", name=op.f("ck_advice_concern_seen_after_done")),
        sa.ForeignKeyConstraint(["message_id"], ["advice_message.id"], name=op.f("fk_advice_concern_message_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["staff_account.id"], name=op.f("fk_advice_concern_raised_by")),
        sa.ForeignKeyConstraint(["seen_by"], ["staff_account.id"], name=op.f("fk_advice_concern_seen_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_concern")),
        sa.UniqueConstraint("call_id", name="uq_advice_concern_call"),
    )
    op.create_index("ix_advice_concern_message", "advice_concern", ["message_id"])
    op.create_index(
        "ix_advice_concern_unseen", "advice_concern", ["raised_at"], postgresql_where=sa.text("seen_at is null")
    )


def _intake() -> None:
    """Spoken messages and voicemail, what families add later, and what else they tell us about calling."""
    _more_words("advice_message", "caller_known", "caller_kind", "not-known")
    _more_words("advice_event", "happened_known", "happened", "added-to")
    op.add_column("advice_message", sa.Column("known", sa.String(length=40), nullable=True))
    op.add_column("advice_message", sa.Column("call_needs", sa.LargeBinary(), nullable=True))
    op.add_column("advice_message", sa.Column("not_told", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(
        op.f("ck_advice_message_child_known"), "advice_message", "known in ('yes', 'no', 'unsure')"
    )
    _additions()
    _voices()


def _additions() -> None:
    op.create_table(
        "advice_addition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("signs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["advice_message.id"], name=op.f("fk_advice_addition_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_addition")),
    )
    op.create_index("ix_advice_addition_message", "advice_addition", ["message_id", "at"])


def _voices() -> None:
    op.create_table(
        "advice_voice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("came_by", sa.String(length=40), nullable=False),
        sa.Column("provider_id", sa.String(length=120), nullable=True),
        sa.Column("refused", sa.String(length=40), nullable=True),
        sa.Column("written", sa.LargeBinary(), nullable=True),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        _known("came_by_known", "advice_voice", "came_by", "'browser', 'phone'"),
        sa.CheckConstraint("num_nonnulls(file_id, refused) = 1", name=op.f("ck_advice_voice_kept_or_refused")),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_advice_voice_seconds_count")),
        sa.CheckConstraint(
            "num_nonnulls(written, written_by, written_at) in (0, 3)", name=op.f("ck_advice_voice_written_whole")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["advice_message.id"], name=op.f("fk_advice_voice_message_id")),
        sa.ForeignKeyConstraint(["written_by"], ["staff_account.id"], name=op.f("fk_advice_voice_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_voice")),
        sa.UniqueConstraint("message_id", name="uq_advice_voice_message"),
        sa.UniqueConstraint("provider_id", name="uq_advice_voice_provider"),
    )
    # How long a sound is; known where somebody asked.
    op.add_column("stored_file", sa.Column("seconds", sa.Integer(), nullable=True))


def _rota() -> None:
    """Sessions every second week, absence for part of a day, swaps, and a history that can be undone."""
    op.add_column("advice_duty", sa.Column("every", sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column("advice_duty", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.create_check_constraint(op.f("ck_advice_duty_every_known"), "advice_duty", "every in (1, 2)")
    op.add_column("advice_absence", sa.Column("starts", sa.Time(), nullable=True))
    op.add_column("advice_absence", sa.Column("ends", sa.Time(), nullable=True))
    entry = sa.Column("entry_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)
    op.add_column("advice_absence", entry)
    op.create_check_constraint(
        op.f("ck_advice_absence_part_whole"), "advice_absence", "(starts is null) = (ends is null)"
    )
    op.create_check_constraint(
        op.f("ck_advice_absence_starts_before_it_ends"), "advice_absence", "starts is null or starts < ends"
    )
    op.create_index("ix_advice_absence_entry", "advice_absence", ["entry_id"])
    op.create_index("ix_advice_message_due_on", "advice_message", ["due_on", "discipline"])
    _swaps()
    _rota_history()
    _duty_feed()


def _swaps() -> None:
    op.create_table(
        "advice_swap",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("giver_id", sa.Uuid(), nullable=False),
        sa.Column("taker_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("back_day", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=80), nullable=True),
        _known("state_known", "advice_swap", "state", "'asked', 'agreed', 'declined', 'withdrawn', 'taken-back'"),
        sa.CheckConstraint("giver_id <> taker_id", name=op.f("ck_advice_swap_two_people")),
        sa.CheckConstraint("(state = 'asked') = (answered_at is null)", name=op.f("ck_advice_swap_answered_whole")),
        sa.ForeignKeyConstraint(["giver_id"], ["staff_account.id"], name=op.f("fk_advice_swap_giver_id")),
        sa.ForeignKeyConstraint(["taker_id"], ["staff_account.id"], name=op.f("fk_advice_swap_taker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_swap")),
    )
    live, agreed = sa.text("state in ('asked', 'agreed')"), sa.text("state = 'agreed'")
    op.create_index("uq_advice_swap_day", "advice_swap", ["giver_id", "day"], unique=True, postgresql_where=live)
    op.create_index("ix_advice_swap_taker", "advice_swap", ["taker_id", "day"])
    op.create_index("ix_advice_swap_day", "advice_swap", ["day"], postgresql_where=agreed)
    op.create_index("ix_advice_swap_back", "advice_swap", ["back_day"], postgresql_where=agreed)


def _rota_history() -> None:
    op.create_table(
        "advice_rota_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        _known("act_known", "advice_rota_change", "act", "'added', 'changed', 'ended', 'away', 'back', 'swapped'"),
        sa.CheckConstraint(
            "(undone_at is null) = (undone_by is null)", name=op.f("ck_advice_rota_change_undone_whole")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_advice_rota_change_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_rota_change")),
    )
    op.create_index("ix_advice_rota_change_at", "advice_rota_change", ["at"])
    op.create_index("ix_advice_rota_change_staff", "advice_rota_change", ["staff_id", "at"])


def _moves() -> None:
    """Calls that were given to somebody by hand."""
    op.create_table(
        "advice_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("from_staff_id", sa.Uuid(), nullable=True),
        sa.Column("to_staff_id", sa.Uuid(), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint("(undone_at is null) = (undone_by is null)", name=op.f("ck_advice_move_undone_whole")),
        sa.ForeignKeyConstraint(["from_staff_id"], ["staff_account.id"], name=op.f("fk_advice_move_from_staff_id")),
        sa.ForeignKeyConstraint(["message_id"], ["advice_message.id"], name=op.f("fk_advice_move_message_id")),
        sa.ForeignKeyConstraint(["to_staff_id"], ["staff_account.id"], name=op.f("fk_advice_move_to_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_move")),
    )
    op.create_index("ix_advice_move_at", "advice_move", ["at"])
    op.create_index("ix_advice_move_message", "advice_move", ["message_id", "at"])


def _duty_feed() -> None:
    op.create_table(
        "advice_duty_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_advice_duty_feed_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_duty_feed")),
        sa.UniqueConstraint("key", name="uq_advice_duty_feed_key"),
        sa.UniqueConstraint("staff_id", name="uq_advice_duty_feed_staff"),
    )


def _run() -> None:
    """When a message became urgent after it was left: its promise is counted from there. Each half of a day's list is
    found by an index, everybody's and one person's."""
    op.add_column("advice_message", sa.Column("raised_at", sa.DateTime(timezone=True), nullable=True))
    still_open = sa.text("closed_at is null")
    op.create_index("ix_advice_message_call_from", "advice_message", ["call_from"], postgresql_where=still_open)
    op.drop_index("ix_advice_message_mine", "advice_message")
    in_order = ["owner_id", sa.text("(urgency <> 'urgent')"), "next_action_at"]
    op.create_index("ix_advice_message_mine", "advice_message", in_order, postgresql_where=still_open)
    op.drop_index("ix_advice_message_late", "advice_message")
    op.create_index(
        "ix_advice_message_late",
        "advice_message",
        ["next_action_at"],
        postgresql_include=["call_from", "owner_id", "discipline", "areas", "state", "urgency"],
        postgresql_where=still_open,
    )
    on_the_phone = sa.text("calling_by is not null")
    op.create_index("ix_advice_message_calling", "advice_message", ["calling_by"], postgresql_where=on_the_phone)
    rung = sa.text("outcome <> 'reviewed'")
    op.create_index("ix_advice_call_at", "advice_call", ["at", "staff_id"], postgresql_where=rung)


def _closed_days() -> None:
    """Days on which not only clinics are closed."""
    op.add_column("clinic_closure", sa.Column("whole_service", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_check_constraint(
        op.f("ck_clinic_closure_whole_is_every_discipline"),
        "clinic_closure",
        "not whole_service or discipline is null",
    )


def _booked_after_calls() -> None:
    """Staff book for a family they have just spoken with, and the record of the call says so."""
    op.create_table(
        "booking_known",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("occasion_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("way_back", sa.String(length=200), nullable=False),
        sa.Column("texts", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_booking_known_booking_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_booking_known_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_known")),
        sa.UniqueConstraint("booking_id", name="uq_booking_known_booking"),
    )
    under_way = sa.text("booking_id is null")
    op.create_index("uq_booking_known_owner", "booking_known", ["owner"], unique=True, postgresql_where=under_way)
    op.create_index("ix_booking_known_until", "booking_known", ["until"], postgresql_where=under_way)
    op.add_column("place_hold", sa.Column("known_id", sa.Uuid(), nullable=True))
    op.add_column("place_hold", sa.Column("known_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_place_hold_known_by"), "place_hold", "staff_account", ["known_by"], ["id"])
    for_family = sa.text("ended_at is null and known_id is not null")
    op.create_index("ix_place_hold_known", "place_hold", ["known_id"], postgresql_where=for_family)
    op.create_table(
        "advice_booking",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["advice_record.id"], name=op.f("fk_advice_booking_call_id")),
        sa.ForeignKeyConstraint(["message_id"], ["advice_message.id"], name=op.f("fk_advice_booking_message_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_advice_booking_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_booking")),
        sa.UniqueConstraint("booking_id", name="uq_advice_booking_booking"),
    )
    op.create_index("ix_advice_booking_message", "advice_booking", ["message_id"])
