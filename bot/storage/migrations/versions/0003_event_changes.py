"""events that change: when they did, and what stood before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("events", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "event_moments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_moments_event_id_events")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_moments")),
        sa.UniqueConstraint("event_id", "version", name=op.f("uq_event_moments_event_id")),
    )
    op.create_index(op.f("ix_event_moments_event_id"), "event_moments", ["event_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("event_moments")
    with op.batch_alter_table("events") as batch:
        batch.drop_column("changed_at")
