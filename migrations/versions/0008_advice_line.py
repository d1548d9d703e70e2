"""The whole advice line: rota, list, snippets, voice"""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: an older version of the service runs beside this one while it is rolled out."""
