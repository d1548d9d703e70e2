"""Files people send"""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: an older version of the service runs beside this one while it is rolled out."""
