from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db


class Heartbeat(db.Model):
    """The one row that the health check writes."""

    __tablename__ = "heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    seen: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @classmethod
    def beat(cls) -> Heartbeat:
        """Count once more; the caller commits."""
        row = db.session.get(cls, 1, with_for_update=True) or cls(id=1, count=0)
        row.count += 1
        row.seen = datetime.now(timezone.utc)
        db.session.add(row)
        db.session.flush()
        return row
