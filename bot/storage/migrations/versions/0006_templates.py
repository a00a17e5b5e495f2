"""Approved WhatsApp templates, and what a private link is about that asks nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ABOUT = (("event_id", "events"), ("campaign_id", "campaigns"))


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("content_sid", sa.String(length=34), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
        sa.UniqueConstraint("signature", "language", name=op.f("uq_templates_signature")),
    )
    for name, target in ABOUT:
        key = f"fk_link_tokens_{name}_{target}"
        op.execute(
            f"ALTER TABLE link_tokens ADD COLUMN {name} INTEGER CONSTRAINT {key} REFERENCES {target}(id)"
        )
        op.create_index(op.f(f"ix_link_tokens_{name}"), "link_tokens", [name])


def downgrade() -> None:
    """Undo."""
    for name, _ in reversed(ABOUT):
        op.drop_index(op.f(f"ix_link_tokens_{name}"), table_name="link_tokens")
        with op.batch_alter_table("link_tokens") as batch:
            batch.drop_column(name)
    op.drop_table("templates")
