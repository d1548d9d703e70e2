"""Second factors, invitations, reasons to see a child, and a trail that cannot be rewritten"""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: an older version of the service runs beside this one while it is rolled out."""
