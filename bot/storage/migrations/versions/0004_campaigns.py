"""Campaigns about no event, audiences, households' wishes, meeting slots, plans of a centre."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "slots",
    "group_children",
    "campaign_texts",
    "campaign_families",
    "segments",
    "groups",
    "family_tags",
    "centre_steps",
    "campaigns",
)
REFERENCES = (  # by ALTER TABLE alone: these tables are referred to, and may not be built anew
    ("conversations", "campaign_id", "campaigns"),
    ("answers", "campaign_id", "campaigns"),
    ("outbox", "campaign_id", "campaigns"),
    ("outbox", "merged_into", "outbox"),
    ("events", "campaign_id", "campaigns"),
)
COLUMNS = (
    ("families", "first_rank"),
    ("families", "both_guardians"),
    ("children", "school_level"),
    ("contacts", "no_contact"),
    ("contacts", "no_contact_reason"),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("wave", sa.String(length=16), server_default="", nullable=False),
        sa.Column("host", sa.String(length=80), server_default="", nullable=False),
        sa.Column("place", sa.String(length=200), server_default="", nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=16), server_default="planned", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centres.id"], name=op.f("fk_campaigns_centre_id_centres")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_index(op.f("ix_campaigns_centre_id"), "campaigns", ["centre_id"], unique=False)
    op.create_table(
        "centre_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("condition", sa.String(length=16), nullable=False),
        sa.Column("late_hours", sa.Integer(), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("morning", sa.Boolean(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centres.id"], name=op.f("fk_centre_steps_centre_id_centres")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre_steps")),
        sa.UniqueConstraint("centre_id", "kind", "name", name=op.f("uq_centre_steps_centre_id")),
    )
    op.create_index(op.f("ix_centre_steps_centre_id"), "centre_steps", ["centre_id"], unique=False)
    op.create_table(
        "family_tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("family_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_family_tags_family_id_families")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_tags")),
        sa.UniqueConstraint("family_id", "tag", name=op.f("uq_family_tags_family_id")),
    )
    op.create_index(op.f("ix_family_tags_family_id"), "family_tags", ["family_id"], unique=False)
    op.create_index(op.f("ix_family_tags_tag"), "family_tags", ["tag"], unique=False)
    op.create_table(
        "groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centres.id"], name=op.f("fk_groups_centre_id_centres")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("centre_id", "name", name=op.f("uq_groups_centre_id")),
    )
    op.create_index(op.f("ix_groups_centre_id"), "groups", ["centre_id"], unique=False)
    op.create_table(
        "segments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centres.id"], name=op.f("fk_segments_centre_id_centres")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("centre_id", "name", name=op.f("uq_segments_centre_id")),
    )
    op.create_index(op.f("ix_segments_centre_id"), "segments", ["centre_id"], unique=False)
    op.create_table(
        "campaign_families",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("family_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_campaign_families_campaign_id_campaigns"),
        ),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centres.id"], name=op.f("fk_campaign_families_centre_id_centres")
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_campaign_families_family_id_families")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_families")),
        sa.UniqueConstraint(
            "campaign_id", "family_id", name=op.f("uq_campaign_families_campaign_id")
        ),
    )
    op.create_index(
        op.f("ix_campaign_families_campaign_id"), "campaign_families", ["campaign_id"], unique=False
    )
    op.create_index(
        op.f("ix_campaign_families_centre_id"), "campaign_families", ["centre_id"], unique=False
    )
    op.create_index(
        op.f("ix_campaign_families_family_id"), "campaign_families", ["family_id"], unique=False
    )
    op.create_table(
        "campaign_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("original", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.String(length=600), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_texts_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_texts")),
        sa.UniqueConstraint("campaign_id", "language", name=op.f("uq_campaign_texts_campaign_id")),
    )
    op.create_index(
        op.f("ix_campaign_texts_campaign_id"), "campaign_texts", ["campaign_id"], unique=False
    )
    op.create_table(
        "group_children",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("child_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["children.id"], name=op.f("fk_group_children_child_id_children")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_group_children_group_id_groups")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_children")),
        sa.UniqueConstraint("group_id", "child_id", name=op.f("uq_group_children_group_id")),
    )
    op.create_index(
        op.f("ix_group_children_child_id"), "group_children", ["child_id"], unique=False
    )
    op.create_index(
        op.f("ix_group_children_group_id"), "group_children", ["group_id"], unique=False
    )
    op.create_table(
        "slots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uid", sa.String(length=200), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("family_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_slots_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centres.id"], name=op.f("fk_slots_centre_id_centres")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_slots_event_id_events")),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_slots_family_id_families")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        sa.UniqueConstraint("campaign_id", "starts_at", name=op.f("uq_slots_campaign_id")),
        sa.UniqueConstraint("family_id", "campaign_id", name=op.f("uq_slots_family_id")),
    )
    op.create_index(op.f("ix_slots_campaign_id"), "slots", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_slots_centre_id"), "slots", ["centre_id"], unique=False)
    op.create_index(op.f("ix_slots_event_id"), "slots", ["event_id"], unique=False)
    op.create_index(op.f("ix_slots_family_id"), "slots", ["family_id"], unique=False)
    op.add_column("families", sa.Column("first_rank", sa.Integer(), nullable=True))
    op.add_column(
        "families", sa.Column("both_guardians", sa.Boolean(), server_default="0", nullable=False)
    )
    op.add_column(
        "children",
        sa.Column("school_level", sa.String(length=16), server_default="", nullable=False),
    )
    op.add_column(
        "contacts", sa.Column("no_contact", sa.Boolean(), server_default="0", nullable=False)
    )
    op.add_column(
        "contacts", sa.Column("no_contact_reason", sa.Text(), server_default="", nullable=False)
    )
    for table, name, target in REFERENCES:
        key = f"fk_{table}_{name}_{target}"
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {name} INTEGER CONSTRAINT {key} REFERENCES {target}(id)"
        )
        op.create_index(op.f(f"ix_{table}_{name}"), table, [name])
    with op.batch_alter_table("steps", recreate="always") as batch:
        batch.add_column(
            sa.Column("campaign_id", sa.Integer(), nullable=True), insert_after="event_id"
        )
        batch.add_column(sa.Column("hours", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("morning", sa.Boolean(), server_default="0", nullable=False))
        batch.alter_column("event_id", existing_type=sa.Integer(), nullable=True)
        batch.create_foreign_key(
            op.f("fk_steps_campaign_id_campaigns"), "campaigns", ["campaign_id"], ["id"]
        )
        batch.create_unique_constraint(op.f("uq_steps_campaign_id"), ["campaign_id", "name"])
        batch.create_check_constraint(
            op.f("ck_steps_subject"), "(event_id IS NULL) <> (campaign_id IS NULL)"
        )
    op.create_index(op.f("ix_steps_campaign_id"), "steps", ["campaign_id"])
    op.execute("UPDATE steps SET condition = 'no_show' WHERE condition = 'absent'")


def downgrade() -> None:
    """Undo."""
    op.execute("DELETE FROM steps WHERE campaign_id IS NOT NULL")
    op.execute("UPDATE steps SET condition = 'absent' WHERE condition = 'no_show'")
    op.drop_index(op.f("ix_steps_campaign_id"), table_name="steps")
    with op.batch_alter_table("steps", recreate="always") as batch:
        batch.drop_constraint(op.f("ck_steps_subject"), type_="check")
        batch.drop_constraint(op.f("uq_steps_campaign_id"), type_="unique")
        batch.drop_constraint(op.f("fk_steps_campaign_id_campaigns"), type_="foreignkey")
        batch.alter_column("event_id", existing_type=sa.Integer(), nullable=False)
        batch.drop_column("morning")
        batch.drop_column("hours")
        batch.drop_column("campaign_id")
    for table, name, _ in reversed(REFERENCES):
        op.drop_index(op.f(f"ix_{table}_{name}"), table_name=table)
        with op.batch_alter_table(table) as batch:
            batch.drop_column(name)
    for table, column in reversed(COLUMNS):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
    for table in NEW_TABLES:
        op.drop_table(table)
