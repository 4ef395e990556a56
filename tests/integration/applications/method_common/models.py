"""Its one table."""

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """What the models have in common."""


class Entry(Base):
    """A row of the ledger."""

    __tablename__ = "entry"

    id: Mapped[int] = mapped_column(primary_key=True)
