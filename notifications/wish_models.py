"""How people want to be written to."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from core.storage.base import Row, instant


class ContactWish(Row, table=True):
    """What whoever reads at one address, number or letterbox wants; found by its fingerprint, the address itself is not
    kept here."""

    __tablename__ = "contact_wish"
    __table_args__ = (sa.UniqueConstraint("recipient"),)

    recipient: bytes
    language: str = Field(default="en", max_length=8)
    no_texts: bool = False
    easy_read: bool = False
    large_print: bool = False
    never: bool = False
    changed_at: datetime = instant()
    changed_by: str = Field(max_length=80)
