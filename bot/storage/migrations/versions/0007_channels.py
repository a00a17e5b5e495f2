"""Caps that a centre chooses, and the robot that its families write to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "centres", sa.Column("daily_cap", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column(
        "centres", sa.Column("weekly_cap", sa.Integer(), server_default="3", nullable=False)
    )
    op.add_column(
        "centres",
        sa.Column("telegram_bot", sa.String(length=32), server_default="", nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    for name in ("telegram_bot", "weekly_cap", "daily_cap"):
        op.drop_column("centres", name)
