"""What the places of an event count, the order of its waiting list, and offers of freed places."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER_THOSE_WHO_WAIT = """
UPDATE invitations SET waiting_number = (
    SELECT count(*) FROM invitations AS other
    WHERE other.event_id = invitations.event_id AND other.seat = 'waiting' AND (
        other.rsvp_at < invitations.rsvp_at
        OR (other.rsvp_at = invitations.rsvp_at AND other.id <= invitations.id)
    )
) WHERE seat = 'waiting'
"""


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "events",
        sa.Column("seats_for", sa.String(length=16), server_default="total", nullable=False),
    )
    op.add_column("invitations", sa.Column("waiting_number", sa.Integer(), nullable=True))
    op.add_column(
        "invitations",
        sa.Column("passed_over", sa.Integer(), server_default="0", nullable=False),
    )
    op.execute(NUMBER_THOSE_WHO_WAIT)
    op.create_table(
        "offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("family_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=True),
        sa.Column("outcome", sa.String(length=16), server_default="", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_offers_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_offers_family_id_families")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("event_id", "family_id", "live", name=op.f("uq_offers_event_id")),
        sa.UniqueConstraint("key", name=op.f("uq_offers_key")),
    )
    op.create_index(op.f("ix_offers_event_id"), "offers", ["event_id"], unique=False)
    op.create_index(op.f("ix_offers_family_id"), "offers", ["family_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_index(op.f("ix_offers_family_id"), table_name="offers")
    op.drop_index(op.f("ix_offers_event_id"), table_name="offers")
    op.drop_table("offers")
    with op.batch_alter_table("invitations") as table:
        table.drop_column("passed_over")
        table.drop_column("waiting_number")
    with op.batch_alter_table("events") as table:
        table.drop_column("seats_for")
