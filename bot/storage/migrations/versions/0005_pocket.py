"""The coordinators' pocket bot: chats, one-time codes, absences, and what was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "staff_absences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("colleague_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["colleague_id"], ["staff.id"], name=op.f("fk_staff_absences_colleague_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_absences_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_absences")),
        sa.UniqueConstraint("staff_id", "on", name=op.f("uq_staff_absences_staff_id")),
    )
    op.create_index(
        op.f("ix_staff_absences_colleague_id"), "staff_absences", ["colleague_id"], unique=False
    )
    op.create_index(
        op.f("ix_staff_absences_staff_id"), "staff_absences", ["staff_id"], unique=False
    )
    op.create_table(
        "staff_chats",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_chats_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_chats")),
        sa.UniqueConstraint("chat", name=op.f("uq_staff_chats_chat")),
    )
    op.create_index(op.f("ix_staff_chats_staff_id"), "staff_chats", ["staff_id"], unique=False)
    op.create_table(
        "staff_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_codes_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_staff_codes_code_hash")),
    )
    op.create_index(op.f("ix_staff_codes_staff_id"), "staff_codes", ["staff_id"], unique=False)
    op.create_table(
        "pocket_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name=op.f("fk_pocket_messages_task_id_tasks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pocket_messages")),
        sa.UniqueConstraint("chat", "subject", name=op.f("uq_pocket_messages_chat")),
    )
    op.create_index(
        op.f("ix_pocket_messages_task_id"), "pocket_messages", ["task_id"], unique=False
    )
    op.create_index(
        "ix_pocket_messages_told", "pocket_messages", ["chat", "message_id"], unique=False
    )


def downgrade() -> None:
    """Undo."""
    for table in ("pocket_messages", "staff_codes", "staff_chats", "staff_absences"):
        op.drop_table(table)
