"""Retention, requests and complaints"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: an older version of the service runs beside this one while it is rolled out."""
    op.create_table(
        "privacy_complaint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=9), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "acknowledged",
                "closed",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("by", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledge_by", sa.Date(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "upheld",
            sa.Enum(
                "upheld",
                "partly-upheld",
                "not-upheld",
                name="upheld_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at is not null)", name=op.f("ck_privacy_complaint_closed_whole")
        ),
        sa.CheckConstraint(
            "(state = 'received') = (acknowledged_at is null)", name=op.f("ck_privacy_complaint_acknowledged_whole")
        ),
        sa.CheckConstraint(
            "(closed_at is null) = (upheld is null)", name=op.f("ck_privacy_complaint_closed_with_an_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_complaint")),
        sa.UniqueConstraint("draft_id", name="uq_privacy_complaint_draft"),
        sa.UniqueConstraint("reference", name="uq_privacy_complaint_reference"),
    )
    op.create_index(
        "ix_privacy_complaint_open",
        "privacy_complaint",
        ["acknowledge_by"],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "record_mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("restricted", "corrected", name="kind_known", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("nhs_number_key", sa.LargeBinary(), nullable=True),
        sa.Column("surname_born_key", sa.LargeBinary(), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "kind <> 'corrected' or record_id is not null", name=op.f("ck_record_mark_correction_of_a_record")
        ),
        sa.CheckConstraint("(lifted_at is null) = (lifted_by is null)", name=op.f("ck_record_mark_lifted_by_someone")),
        sa.CheckConstraint(
            "num_nonnulls(nhs_number_key, surname_born_key, record_id) > 0", name=op.f("ck_record_mark_names_something")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_mark")),
    )
    op.create_index(
        "ix_record_mark_nhs_number",
        "record_mark",
        ["nhs_number_key"],
        unique=False,
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.create_index(
        "ix_record_mark_record",
        "record_mark",
        ["record_id"],
        unique=False,
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.create_index(
        "ix_record_mark_surname_born",
        "record_mark",
        ["surname_born_key"],
        unique=False,
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.create_table(
        "retention_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nhs_keys", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("named_keys", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("child", sa.LargeBinary(), nullable=True),
        sa.Column("why", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint("(ended_at is null) = (ended_by is null)", name=op.f("ck_retention_hold_ended_by_someone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_hold")),
    )
    op.create_index(
        "ix_retention_hold_live", "retention_hold", ["id"], unique=False, postgresql_where=sa.text("ended_at is null")
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "looking",
                "ready",
                "approved",
                "done",
                "dropped",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("policy", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("looked", sa.Integer(), nullable=False),
        sa.Column("at_keeper", sa.Integer(), nullable=False),
        sa.Column("at_record", sa.Uuid(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("certificate", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("certificate_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(state = 'done') = (certificate is not null)", name=op.f("ck_retention_run_done_is_certified")
        ),
        sa.CheckConstraint(
            "(state in ('approved', 'done')) = (approved_at is not null)", name=op.f("ck_retention_run_approved_first")
        ),
        sa.CheckConstraint(
            "(approved_at is null) = (approved_by is null)", name=op.f("ck_retention_run_approved_by_someone")
        ),
        sa.CheckConstraint(
            "(certificate is null) = (certificate_hash is null)", name=op.f("ck_retention_run_certificate_sealed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_index(
        "uq_retention_run_open",
        "retention_run",
        [sa.literal_column("(true)")],
        unique=True,
        postgresql_where=sa.text("state in ('looking', 'ready', 'approved')"),
    )
    op.create_table(
        "rights_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=9), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "access",
                "correction",
                "restriction",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open", "done", "refused", name="state_known", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("child", sa.LargeBinary(), nullable=False),
        sa.Column("nhs_key", sa.LargeBinary(), nullable=True),
        sa.Column("named_key", sa.LargeBinary(), nullable=True),
        sa.Column("asker", sa.LargeBinary(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extended_why", sa.LargeBinary(), nullable=True),
        sa.Column("records", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decision", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (ended_at is null)", name=op.f("ck_rights_request_ended_whole")),
        sa.CheckConstraint(
            "(extended_at is null) = (extended_why is null)", name=op.f("ck_rights_request_extended_for_a_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_request")),
        sa.UniqueConstraint("reference", name="uq_rights_request_reference"),
    )
    op.create_index(
        "ix_rights_request_named",
        "rights_request",
        ["named_key"],
        unique=False,
        postgresql_where=sa.text("named_key is not null"),
    )
    op.create_index(
        "ix_rights_request_nhs",
        "rights_request",
        ["nhs_key"],
        unique=False,
        postgresql_where=sa.text("nhs_key is not null"),
    )
    op.create_index(
        "ix_rights_request_open", "rights_request", ["due_on"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "access_copy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("left_out", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.String(length=80), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(released_at is null) = (released_by is null)", name=op.f("ck_access_copy_released_by_someone")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["rights_request.id"], name=op.f("fk_access_copy_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_copy")),
        sa.UniqueConstraint("request_id", name="uq_access_copy_request"),
    )
    op.create_index(
        "ix_access_copy_expires",
        "access_copy",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("content is not null"),
    )
    op.create_table(
        "privacy_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column(
            "happened",
            sa.Enum(
                "received",
                "extended",
                "records-chosen",
                "copy-prepared",
                "copy-released",
                "copy-downloaded",
                "correction-noted",
                "restricted",
                "restriction-lifted",
                "done",
                "refused",
                "acknowledged",
                "closed",
                name="happened_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("num_nonnulls(request_id, complaint_id) = 1", name=op.f("ck_privacy_event_of_one_thing")),
        sa.ForeignKeyConstraint(["complaint_id"], ["privacy_complaint.id"], name=op.f("fk_privacy_event_complaint_id")),
        sa.ForeignKeyConstraint(["request_id"], ["rights_request.id"], name=op.f("fk_privacy_event_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_event")),
    )
    op.create_index("ix_privacy_event_complaint", "privacy_event", ["complaint_id", "id"], unique=False)
    op.create_index("ix_privacy_event_request", "privacy_event", ["request_id", "id"], unique=False)
    op.create_table(
        "retention_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column(
            "rule",
            sa.Enum(
                "birthday",
                "birthday-when-17",
                "adult",
                "not-accepted",
                "enquiry",
                "group-session",
                "draft",
                "recording",
                "rights-request",
                "complaint",
                name="rule_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "deleted",
                "held",
                "changed",
                "gone",
                name="outcome_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("(outcome is null) = (ended_at is null)", name=op.f("ck_retention_item_ended_whole")),
        sa.ForeignKeyConstraint(["run_id"], ["retention_run.id"], name=op.f("fk_retention_item_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_item")),
        sa.UniqueConstraint("run_id", "kind", "record_id", name="uq_retention_item_record"),
    )
    op.create_index(
        "ix_retention_item_left",
        "retention_item",
        ["run_id", "id"],
        unique=False,
        postgresql_where=sa.text("outcome is null"),
    )
    # ### end Alembic commands ###
