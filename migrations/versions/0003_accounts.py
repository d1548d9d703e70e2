"""Second factors, invitations, reasons to see a child, and a trail that cannot be rewritten"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: an older version of the service runs beside this one while it is rolled out."""
    _signing_in()
    _federation_and_keys()
    _reasons_and_trail()


def _signing_in() -> None:
    op.add_column("staff_account", sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("staff_account", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("update staff_account set joined_at = added_at")
    op.create_check_constraint(
        op.f("ck_staff_account_active_until_left"), "staff_account", "not active or left_at is null"
    )
    op.add_column(
        "staff_session",
        sa.Column("proved_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.add_column("staff_session", sa.Column("factor", sa.String(length=40), server_default="none", nullable=False))
    op.add_column("staff_session", sa.Column("device", sa.LargeBinary(), nullable=True))
    op.add_column("staff_session", sa.Column("place", sa.LargeBinary(), nullable=True))
    _on_the_way_in()
    _second_factors()
    _links_to_staff()


def _on_the_way_in() -> None:
    op.create_table(
        "staff_half_sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_half_sign_in")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_staff_half_sign_in_staff_id")),
        sa.UniqueConstraint("token_fingerprint", name=op.f("uq_staff_half_sign_in_token_fingerprint")),
    )
    op.create_table(
        "staff_known_device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_known_device")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_staff_known_device_staff_id")),
        sa.UniqueConstraint("token_fingerprint", name=op.f("uq_staff_known_device_token_fingerprint")),
    )
    op.create_index(op.f("ix_staff_known_device_staff_id"), "staff_known_device", ["staff_id"])
    op.create_table(
        "staff_sign_in_tries",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_staff_sign_in_tries")),
    )
    op.create_index(op.f("ix_staff_sign_in_tries_last_at"), "staff_sign_in_tries", ["last_at"])


def _second_factors() -> None:
    op.create_table(
        "staff_authenticator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_authenticator")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_staff_authenticator_staff_id")),
    )
    for name, state in (("live", "confirmed_at is not null"), ("new", "confirmed_at is null")):
        op.create_index(
            f"uq_staff_authenticator_{name}",
            "staff_authenticator",
            ["staff_id"],
            unique=True,
            postgresql_where=sa.text(state),
        )
    op.create_table(
        "staff_recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("code_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_recovery_code")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_staff_recovery_code_staff_id")),
        sa.UniqueConstraint(
            "staff_id", "code_fingerprint", name=op.f("uq_staff_recovery_code_staff_id_code_fingerprint")
        ),
    )
    op.create_table(
        "staff_passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_passkey")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_staff_passkey_staff_id")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_staff_passkey_credential_id")),
    )
    op.create_index(op.f("ix_staff_passkey_staff_id"), "staff_passkey", ["staff_id"])
    op.create_table(
        "staff_spent_challenge",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_staff_spent_challenge")),
    )
    op.create_index(op.f("ix_staff_spent_challenge_spent_at"), "staff_spent_challenge", ["spent_at"])


def _links_to_staff() -> None:
    op.create_table(
        "staff_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invitation", "new-password", name="link_kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("token_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_link")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_staff_link_staff_id")),
        sa.UniqueConstraint("token_fingerprint", name=op.f("uq_staff_link_token_fingerprint")),
    )
    op.create_index(op.f("ix_staff_link_staff_id"), "staff_link", ["staff_id"])
    op.create_table(
        "staff_password_ask",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_password_ask")),
    )


def _federation_and_keys() -> None:
    _federation()
    op.create_table(
        "key_holder",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("holds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("writes_with", sa.String(length=4), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_key_holder")),
    )


def _federation() -> None:
    op.create_table(
        "staff_federated_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_federated_identity")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_staff_federated_identity_staff_id")),
        sa.UniqueConstraint(
            "issuer", "subject_fingerprint", name=op.f("uq_staff_federated_identity_issuer_subject_fingerprint")
        ),
        sa.UniqueConstraint("issuer", "staff_id", name=op.f("uq_staff_federated_identity_issuer_staff_id")),
    )
    op.create_table(
        "staff_federation_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("wanted", sa.String(length=500), nullable=False),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_federation_attempt")),
        sa.UniqueConstraint("state_fingerprint", name=op.f("uq_staff_federation_attempt_state_fingerprint")),
    )
    op.create_index(op.f("ix_staff_federation_attempt_began_at"), "staff_federation_attempt", ["began_at"])
    _federated_sessions()


def _federated_sessions() -> None:
    op.create_table(
        "staff_federated_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("sid_fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("id_token", sa.LargeBinary(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_federated_session")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["staff_session.id"],
            name=op.f("fk_staff_federated_session_session_id"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("session_id", name=op.f("uq_staff_federated_session_session_id")),
    )
    for columns in (["issuer", "subject_fingerprint"], ["issuer", "sid_fingerprint"]):
        name = op.f(f"ix_staff_federated_session_{'_'.join(columns)}")
        op.create_index(name, "staff_federated_session", columns)
    op.create_index(
        "ix_staff_federated_session_token",
        "staff_federated_session",
        ["began_at"],
        postgresql_where=sa.text("id_token is not null"),
    )
    op.create_table(
        "staff_federation_notice",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("sid_fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_staff_federation_notice")),
    )
    op.create_index(op.f("ix_staff_federation_notice_seen_at"), "staff_federation_notice", ["seen_at"])


def _reasons_and_trail() -> None:
    _emergencies_and_family()
    _chain()
    _only_ever_added_to()


def _emergencies_and_family() -> None:
    op.create_table(
        "record_opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_opening")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_record_opening_staff_id")),
        sa.ForeignKeyConstraint(["looked_by"], ["staff_account.id"], name=op.f("fk_record_opening_looked_by")),
        sa.CheckConstraint("until > opened_at", name=op.f("ck_record_opening_ends_after_it_began")),
        sa.CheckConstraint(
            "(looked_at is null) = (looked_by is null)", name=op.f("ck_record_opening_looked_at_by_someone")
        ),
        sa.CheckConstraint("looked_by <> staff_id", name=op.f("ck_record_opening_looked_at_by_another")),
    )
    op.create_index("ix_record_opening_record", "record_opening", ["staff_id", "kind", "record_id", "until"])
    op.create_index("ix_record_opening_open", "record_opening", ["id"], postgresql_where=sa.text("looked_at is null"))
    op.create_table(
        "family_mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("nhs_number_key", sa.LargeBinary(), nullable=True),
        sa.Column("surname_born_key", sa.LargeBinary(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_mark")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_family_mark_staff_id")),
        sa.ForeignKeyConstraint(["marked_by"], ["staff_account.id"], name=op.f("fk_family_mark_marked_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["staff_account.id"], name=op.f("fk_family_mark_ended_by")),
        sa.CheckConstraint(
            "num_nonnulls(nhs_number_key, surname_born_key) > 0", name=op.f("ck_family_mark_names_a_child")
        ),
        sa.CheckConstraint("(ended_at is null) = (ended_by is null)", name=op.f("ck_family_mark_ended_by_someone")),
    )
    op.create_index("ix_family_mark_staff", "family_mark", ["staff_id"], postgresql_where=sa.text("ended_at is null"))


def _chain() -> None:
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor", "id"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at", "id"])
    op.create_index(
        "ix_audit_entry_about",
        "audit_entry",
        [sa.text("(detail ->> 'about')")],
        postgresql_where=sa.text("detail ? 'about'"),
    )
    op.create_table(
        "audit_pending",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_pending")),
    )
    op.create_table(
        "audit_link",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_link_entry_id")),
        sa.CheckConstraint("position > 0", name=op.f("ck_audit_link_begins_at_one")),
    )
    op.create_table(
        "audit_patrol",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("checked_to", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_patrol")),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_patrol_only_one")),
    )
    op.execute("insert into audit_patrol (id) values (1)")
    op.execute("insert into audit_pending (entry_id) select id from audit_entry")


_WAITS = """
create function audit_entry_waits() returns trigger language plpgsql as $$
begin
  insert into audit_pending (entry_id) values (new.id);
  return null;
end $$"""
_KEPT = """
create function audit_is_kept() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is only ever added to' using errcode = 'insufficient_privilege';
end $$"""


def _only_ever_added_to() -> None:
    """Every new entry waits to be sealed; nobody changes, removes or empties, not even the owner of the tables."""
    op.execute(_WAITS)
    op.execute("create trigger waits after insert on audit_entry for each row execute function audit_entry_waits()")
    op.execute(_KEPT)
    for table in ("audit_entry", "audit_link"):
        op.execute(
            f"create trigger kept before update or delete on {table} for each row execute function audit_is_kept()"
        )
        op.execute(
            f"create trigger kept_whole before truncate on {table} for each statement execute function audit_is_kept()"
        )
