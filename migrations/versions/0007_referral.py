"""The whole referral: drafts that come back, triage, letters"""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: an older version of the service runs beside this one while it is rolled out."""
