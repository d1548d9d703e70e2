"""The whole referral: drafts that come back, triage, letters"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: an older version of the service runs beside this one while it is rolled out."""
    _triage()
    _form()
    _guards()
    _outcomes()
    _saving()


def _saving() -> None:
    """Pages left half filled in, and links that lead back to a draft."""
    op.add_column("draft", sa.Column("unfinished", sa.LargeBinary(), nullable=True))
    table = "saved_referral"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("born_key", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft.id"], name=op.f("fk_saved_referral_draft_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_referral")),
        sa.UniqueConstraint("link", name="uq_saved_referral_link"),
    )
    op.create_index("ix_saved_referral_draft", table, ["draft_id"])


def _form() -> None:
    """What the whole form asks: who must not be told, more signs and flags, more consents."""
    for table, column, name, more in (
        (
            "referral_flag",
            "kind",
            "kind_known",
            (
                "choking", "weight", "lost-skills", "unsafe-moving", "from-hospital", "life-limiting", "new-stammer",
                "baby", "unsafe-swallow", "brachial-plexus", "early-movement", "late-walking", "safety",
                "after-an-operation", "safeguarding", "not-tell", "looked-after", "disagreement", "court-order",
                "visit-risk", "parental-responsibility", "pathway",
            ),
        ),
        (
            "referral_consent",
            "kind",
            "kind_known",
            (
                "referral", "school", "professionals", "parents", "messages", "recording", "observer", "feedback",
            ),
        ),
        (
            "referral_consent",
            "channel",
            "channel_known",
            (
                "web form", "in person, told by the referrer", "by phone, told by the referrer",
                "in writing, told by the referrer",
            ),
        ),
    ):  # fmt: skip
        _words_are(table, column, name, more)


def _guards() -> None:
    """Who must not be contacted about a child, and which child a message is about."""
    table = "child_guard"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("nhs_number_key", sa.LargeBinary(), nullable=True),
        sa.Column("surname_born_key", sa.LargeBinary(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("hides_address", sa.Boolean(), nullable=False),
        sa.Column("ways", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(nhs_number_key, surname_born_key) > 0", name=op.f("ck_child_guard_names_a_child")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_guard")),
    )
    there = sa.text("nhs_number_key is not null")
    op.create_index("ix_child_guard_nhs_number", table, ["nhs_number_key"], postgresql_where=there)
    op.create_index("ix_child_guard_surname_born", table, ["surname_born_key"])
    op.create_index("ix_child_guard_record", table, ["record_id"])
    for column in ("nhs_number_key", "surname_born_key"):
        op.add_column("message", sa.Column(column, sa.LargeBinary(), nullable=True))


def _words_are(table: str, column: str, name: str, words: tuple[str, ...]) -> None:
    """The words a column takes, with those that are new."""
    listed = ", ".join(f"'{word}'" for word in words)
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, f"{column} in ({listed})")


def _triage() -> None:
    """What the queue goes by, who has a case, and what staff note about it."""
    _queue_columns()
    _queue_indexes()
    _places()
    _decided_places()
    _case_tables()


def _queue_columns() -> None:
    op.add_column("referral", sa.Column("born_key", sa.LargeBinary(), nullable=True))
    op.add_column("referral", sa.Column("asked_until", sa.Date(), nullable=True))
    op.add_column("referral", sa.Column("owner_id", sa.Uuid(), nullable=True))
    op.add_column("referral", sa.Column("owned_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("referral", sa.Column("came_back_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("referral", sa.Column("duplicate_of", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_referral_owner_id"), "referral", "staff_account", ["owner_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_referral_owned_since_then"), "referral", "(owner_id is null) = (owned_since is null)"
    )
    op.create_check_constraint(op.f("ck_referral_not_its_own_duplicate"), "referral", "duplicate_of <> id")
    op.add_column("referral_flag", sa.Column("note", sa.LargeBinary(), nullable=True))
    op.add_column("information_request", sa.Column("chases", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("information_request", sa.Column("chased_at", sa.DateTime(timezone=True), nullable=True))
    # The hash of the date of birth needs the look-up key: `referral.find-by-birth` fills it in.
    op.execute("""
        update referral r set asked_until = (
            select min(i.due_on) from information_request i join referral_request q on q.id = i.request_id
            where q.referral_id = r.id and i.ended_at is null)
        where pressing is not null""")


def _queue_indexes() -> None:
    op.drop_index("ix_referral_request_state", table_name="referral_request")
    op.create_index("ix_referral_request_state", "referral_request", ["state", "discipline", "referral_id"])
    columns = ["state", "discipline", "area_id", "referral_id"]
    some = sa.text("area_id is not null")
    op.create_index("ix_referral_request_team", "referral_request", columns, postgresql_where=some)
    owned = sa.text("pressing is not null and owner_id is not null")
    columns = ["owner_id", "pressing", "received_at", "id"]
    op.create_index("ix_referral_queue_owner", "referral", columns, postgresql_where=owned)
    for name, columns, condition in (
        ("asked_until", ["asked_until", "id"], "asked_until is not null"),
        ("no_born_key", ["id"], "born_key is null"),
        ("born_key", ["born_key"], "born_key is not null"),
    ):
        op.create_index(f"ix_referral_{name}", "referral", columns, unique=False, postgresql_where=sa.text(condition))


def _places() -> None:
    """Where each open request stands on the lists of triage."""
    table, where = "queue_place", ["discipline", "area", "state"]
    op.create_table(
        table,
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("discipline", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("pressing", sa.SmallInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("asked_until", sa.Date(), nullable=True),
        sa.Column("is_nobodys", sa.Boolean(), nullable=False),
        _one_of(table, "discipline", "discipline_known", "slt", "ot", "physio"),
        _one_of(table, "state", "open", "received", "in-triage", "waiting-for-information"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_queue_place_referral_id")),
        sa.PrimaryKeyConstraint("referral_id", "discipline", "area", name=op.f("pk_queue_place")),
    )
    op.execute("""
        insert into queue_place
        select r.id, q.discipline, listed.area, q.state, r.pressing, r.received_at,
            exists (select 1 from referral_flag f where f.referral_id = r.id and f.cleared_at is null),
            r.asked_until, r.owner_id is null
        from referral r join referral_request q on q.referral_id = r.id, lateral (
            select '' as area
            union select unnest(case when q.area_id is not null then array[q.area_id]
                when cardinality(r.area_ids) = 0 then array['outside'] else r.area_ids end)) listed
        where r.pressing is not null and q.state in ('received', 'in-triage', 'waiting-for-information')""")
    order = [*where, "pressing", "received_at", "referral_id"]
    for name, columns, condition in (
        ("", order, None),
        ("_flagged", order, "flagged"),
        ("_asked", order, "asked_until is not null"),
        ("_nobodys", order, "is_nobodys"),
        ("_overdue", [*where, "asked_until", "referral_id"], "asked_until is not null"),
        ("_age", ["discipline", "area", "received_at"], None),
        ("_undecided", ["area", "referral_id", "pressing", "discipline"], "state in ('received', 'in-triage')"),
    ):
        some = sa.text(condition) if condition else None
        op.create_index(f"ix_queue_place{name}", table, columns, postgresql_where=some)


def _decided_places() -> None:
    """Where each decided request stands that no index of requests finds."""
    table = "decided_place"
    op.create_table(
        table,
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("discipline", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("whose", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        _one_of(table, "discipline", "discipline_known", "slt", "ot", "physio"),
        sa.CheckConstraint(
            "state not in ('received', 'in-triage', 'waiting-for-information')", name=op.f("ck_decided_place_decided")
        ),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_decided_place_referral_id")),
        sa.PrimaryKeyConstraint("referral_id", "discipline", "area", "whose", name=op.f("pk_decided_place")),
    )
    op.execute("""
        insert into decided_place (referral_id, discipline, area, state, whose)
        with listed as (
            select q.*, lists.area from referral_request q join referral r on r.id = q.referral_id, lateral (
                select '' as area
                union select unnest(case when q.area_id is not null then array[q.area_id]
                    when cardinality(r.area_ids) = 0 then array['outside'] else r.area_ids end)) lists)
        select referral_id, discipline, area, state, '' from listed
        where state not in ('received', 'in-triage', 'waiting-for-information') and area_id is null and area <> ''
        union all
        select q.referral_id, q.discipline, q.area, q.state, other.discipline || ' ' || other.area
        from listed q join listed other on other.referral_id = q.referral_id
        where q.state not in ('received', 'in-triage', 'waiting-for-information') and (
            other.id <> q.id or (other.area <> q.area and other.area <> '' and q.area <> ''))""")
    op.create_index("ix_decided_place_list", table, ["state", "discipline", "area", "whose", "referral_id"])


def _case_tables() -> None:
    op.create_table(
        "referral_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "taken",
                "assigned",
                "handed over",
                "given back",
                "colleague left",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("from_staff_id", sa.Uuid(), nullable=True),
        sa.Column("to_staff_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(from_staff_id, to_staff_id) > 0", name=op.f("ck_referral_claim_changed_hands")
        ),
        sa.CheckConstraint(
            "kind <> 'handed over' or note is not null", name=op.f("ck_referral_claim_handed_over_with_a_note")
        ),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_claim_referral_id")),
        sa.ForeignKeyConstraint(["from_staff_id"], ["staff_account.id"], name=op.f("fk_referral_claim_from_staff_id")),
        sa.ForeignKeyConstraint(["to_staff_id"], ["staff_account.id"], name=op.f("fk_referral_claim_to_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_claim")),
    )
    op.create_index("ix_referral_claim_referral", "referral_claim", ["referral_id", "id"], unique=False)
    op.create_table(
        "referral_reader",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_reader_referral_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_referral_reader_staff_id")),
        sa.PrimaryKeyConstraint("referral_id", "staff_id", name=op.f("pk_referral_reader")),
    )
    op.create_table(
        "case_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("once", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_case_note_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
        sa.UniqueConstraint("referral_id", "once", name="uq_case_note_once"),
    )
    op.create_index("ix_case_note_referral", "case_note", ["referral_id", "id"], unique=False)
    _verdict_table()


def _verdict_table() -> None:
    op.create_table(
        "duplicate_verdict",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        _one_of("duplicate_verdict", "verdict", "verdict_known", "same-child", "not-the-same"),
        sa.CheckConstraint("other_id <> referral_id", name=op.f("ck_duplicate_verdict_two_referrals")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_duplicate_verdict_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_verdict")),
    )
    op.create_index("ix_duplicate_verdict_referral", "duplicate_verdict", ["referral_id", "id"])
    op.create_index("ix_duplicate_verdict_other", "duplicate_verdict", ["other_id", "id"])


def _outcomes() -> None:
    """What was decided word for word, the letters about it, and what families add by themselves."""
    _outcome_table()
    _letter_table()
    op.create_table(
        "referral_addition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("once", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint("(read_at is null) = (read_by is null)", name=op.f("ck_referral_addition_read_by_someone")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_addition_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_addition")),
        sa.UniqueConstraint("referral_id", "once", name="uq_referral_addition_referral_id_once"),
    )
    unread = sa.text("read_at is null")
    op.create_index("ix_referral_addition_unread", "referral_addition", ["at", "id"], postgresql_where=unread)


def _one_of(table: str, column: str, name: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} in ({listed})", name=op.f(f"ck_{table}_{name}"))


def _outcome_table() -> None:
    table = "request_outcome"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("pathway", sa.String(length=60), nullable=False),
        sa.Column("comes_next", sa.String(length=40), nullable=True),
        sa.Column("why_not", sa.String(length=40), nullable=True),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("todo", sa.LargeBinary(), nullable=True),
        sa.Column("duplicate_of", sa.Uuid(), nullable=True),
        sa.Column("booked_for", sa.Date(), nullable=True),
        _one_of(
            table, "step", "step_known",
            "start triage", "ask for information", "hear what was asked", "accept", "signpost", "redirect",
            "not accept", "mark as duplicate", "withdraw", "come back", "reopen", "put on the waiting list", "book",
            "give the appointment back", "see", "discharge",
        ),
        _one_of(table, "comes_next", "comes_next_known", "clinic", "home", "school", "video", "phone", "group"),
        _one_of(
            table, "why_not", "why_not_known",
            "incomplete", "outside-age", "outside-area", "already-known", "universal-offer",
            "no-effect-on-daily-life", "wrong-referrer", "other-pathway", "no-consent",
        ),
        sa.CheckConstraint(
            "(step = 'not accept') = (why_not is not null)", name=op.f("ck_request_outcome_not_accepted_with_a_reason")
        ),
        sa.CheckConstraint(
            "(step = 'mark as duplicate') = (duplicate_of is not null)",
            name=op.f("ck_request_outcome_duplicate_of_one"),
        ),
        sa.CheckConstraint(
            "(step = 'book') = (booked_for is not null)", name=op.f("ck_request_outcome_booked_for_a_day")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["referral_request.id"], name=op.f("fk_request_outcome_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_outcome")),
    )  # fmt: skip
    op.create_index("ix_request_outcome_request", table, ["request_id", "id"])


def _letter_table() -> None:
    table = "referral_letter"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("outcome_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("edited_by", sa.String(length=80), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("why", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _one_of(table, "recipient", "recipient_known", "family", "referrer"),
        _one_of(table, "state", "state_known", "draft", "sent", "kept", "dropped"),
        sa.CheckConstraint(
            "(state = 'sent') = (message_id is not null)", name=op.f("ck_referral_letter_sent_as_a_message")
        ),
        sa.CheckConstraint("(state = 'draft') = (ended_at is null)", name=op.f("ck_referral_letter_ended_then")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_referral_letter_version_grows")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_letter_referral_id")),
        sa.ForeignKeyConstraint(["outcome_id"], ["request_outcome.id"], name=op.f("fk_referral_letter_outcome_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_letter")),
        sa.UniqueConstraint("outcome_id", "recipient", name="uq_referral_letter_outcome_id_recipient"),
    )
    op.create_index("ix_referral_letter_referral", table, ["referral_id", "id"])
    waits = sa.text("state = 'draft' and leaves_at is null")
    op.create_index("ix_referral_letter_waits", table, ["id"], postgresql_where=waits)
