from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy import DateTime, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db


class Entry(db.Model):
    """What one visitor wrote."""

    __tablename__ = "entry"

    AUTHOR_LENGTH = 80
    TEXT_LENGTH = 2000

    id: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(String(AUTHOR_LENGTH))
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(String(AUTHOR_LENGTH))
    created: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), index=True, default=lambda: datetime.now(timezone.utc)
    )

    @classmethod
    def newest(cls, limit: int = 50) -> list[Entry]:
        query = db.select(cls).order_by(cls.created.desc(), cls.id.desc()).limit(limit)
        return list(db.session.scalars(query))
