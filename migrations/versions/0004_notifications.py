"""Deliveries, wishes and switches of messages"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STATES = "('waiting', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'dropped')"


def upgrade() -> None:
    """Forward only: an older version of the service runs beside this one while it is rolled out."""
    _more_states()
    _columns()
    _constraints()
    op.create_table(
        "message_switch",
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(length=80), nullable=True),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(stopped_at is null) = (stopped_by is null)", name=op.f("ck_message_switch_stopped_whole")),
        sa.PrimaryKeyConstraint("purpose", name=op.f("pk_message_switch")),
    )
    _wishes()


def _more_states() -> None:
    op.drop_constraint(op.f("ck_message_state"), "message", type_="check")
    op.create_check_constraint(op.f("ck_message_state"), "message", f"state in {_STATES}")
    op.drop_constraint(op.f("ck_message_step_step_state"), "message_step", type_="check")
    op.create_check_constraint(op.f("ck_message_step_step_state"), "message_step", f"state in {_STATES}")
    op.drop_constraint(op.f("ck_message_sent_has_instant"), "message", type_="check")
    op.create_check_constraint(
        op.f("ck_message_sent_has_instant"), "message", "state not in ('sent', 'delivered') or sent_at is not null"
    )


def _columns() -> None:
    text = {"nullable": False, "server_default": ""}
    for column in (
        sa.Column("said_by", sa.String(length=80), nullable=False, server_default="system:notifications"),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.Column("follows", sa.Uuid(), nullable=True),
        sa.Column("is_other_way", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("spare", sa.LargeBinary(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False, server_default="50"),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("asked", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("provider", sa.String(length=40), **text),
        sa.Column("provider_id", sa.String(length=80), **text),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("needs_person_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_to_by", sa.String(length=80), nullable=True),
        sa.Column("seen_to_why", sa.LargeBinary(), nullable=True),
    ):
        op.add_column("message", column)


def _constraints() -> None:
    op.create_foreign_key(op.f("fk_message_follows"), "message", "message", ["follows"], ["id"])
    op.create_check_constraint(
        op.f("ck_message_only_waiting_is_held"), "message", "held_at is null or state = 'waiting'"
    )
    op.create_check_constraint(
        op.f("ck_message_seen_to_whole"), "message", "(seen_to_at is null) = (seen_to_by is null)"
    )
    op.create_index(
        "ix_message_undelivered",
        "message",
        ["needs_person_since", "id"],
        postgresql_where=sa.text("needs_person_since is not null and seen_to_at is null"),
    )
    op.create_index("ix_message_held", "message", ["purpose", "id"], postgresql_where=sa.text("held_at is not null"))
    op.create_index("ix_message_follows", "message", ["follows"], postgresql_where=sa.text("follows is not null"))


def _wishes() -> None:
    op.add_column("message", sa.Column("language", sa.String(length=8), nullable=False, server_default="en"))
    op.add_column("message", sa.Column("large_print", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "contact_wish",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("no_texts", sa.Boolean(), nullable=False),
        sa.Column("easy_read", sa.Boolean(), nullable=False),
        sa.Column("large_print", sa.Boolean(), nullable=False),
        sa.Column("never", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_wish")),
        sa.UniqueConstraint("recipient", name=op.f("uq_contact_wish_recipient")),
    )
