"""Where a visitor is from, and an index for the newest entries"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entry", sa.Column("place", sa.String(80)))
    op.create_index("ix_entry_created", "entry", ["created"])


def downgrade() -> None:
    op.drop_index("ix_entry_created", "entry")
    op.drop_column("entry", "place")
