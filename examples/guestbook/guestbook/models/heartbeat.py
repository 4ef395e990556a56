from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db


class Heartbeat(db.Model):
    """The one row that the health check writes; a migration has put it there."""

    __tablename__ = "heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
    seen: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @classmethod
    def beat(cls) -> Heartbeat:
        """Count once more; the caller commits. One statement, however many ask at once."""
        now = datetime.now(timezone.utc)
        count = db.update(cls).where(cls.id == 1).values(count=cls.count + 1, seen=now)
        row = db.session.scalar(count.returning(cls))
        if row is None:
            raise RuntimeError("the row of the heartbeat is gone; are the migrations applied?")
        return row
