"""When somebody chose how much a parent reads at once; alarms of people who were erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "contacts", sa.Column("rendering_chosen_at", sa.DateTime(timezone=True), nullable=True)
    )

    op.create_table(
        "past_alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(length=8), nullable=True),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centres.id"], name=op.f("fk_past_alarms_centre_id_centres")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_alarms")),
    )
    op.create_index(op.f("ix_past_alarms_centre_id"), "past_alarms", ["centre_id"])
    op.create_index(op.f("ix_past_alarms_on"), "past_alarms", ["on"])
    op.add_column("tasks", sa.Column("outbox_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_tasks_outbox_id"), "tasks", ["outbox_id"])
    op.add_column("outbox", sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("outbox", "ask_at")
    op.drop_index(op.f("ix_tasks_outbox_id"), table_name="tasks")
    op.drop_column("tasks", "outbox_id")
    op.drop_table("past_alarms")
    op.drop_column("contacts", "rendering_chosen_at")
