"""Files people send"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: an older version of the service runs beside this one while it is rolled out."""
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("scan", sa.String(length=40), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_stored_file"),
        sa.CheckConstraint("scan in ('clean', 'not-scanned', 'infected')", name=op.f("ck_stored_file_scan_known")),
    )
    op.create_index("ix_stored_file_about", "stored_file", ["about_id", "purpose"])
    op.create_index(
        "ix_stored_file_unscanned",
        "stored_file",
        ["stored_at"],
        postgresql_where=sa.text("scan = 'not-scanned'"),
    )
