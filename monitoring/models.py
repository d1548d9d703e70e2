"""What the auditor saw last."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.storage.base import instant


class CheckResult(SQLModel, table=True):
    """The latest finding of one check; `since` is when its being well or not last changed."""

    __tablename__ = "check_result"

    name: str = Field(primary_key=True, max_length=120)
    broken: int
    checked_at: datetime = instant()
    since: datetime = instant()
