"""Caps that a centre chooses, the robot its families write to, tries before the last one."""

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

    op.create_table(
        "earlier_tries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("provider_id", sa.String(length=128), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_earlier_tries_outbox_id_outbox")
        ),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_earlier_tries_address_id_addresses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_tries")),
    )
    op.create_index(op.f("ix_earlier_tries_outbox_id"), "earlier_tries", ["outbox_id"])
    op.create_index(op.f("ix_earlier_tries_address_id"), "earlier_tries", ["address_id"])
    op.create_index("ix_earlier_tries_provider", "earlier_tries", ["channel", "provider_id"])

    op.create_table(
        "media",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("mime", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("sha256", name=op.f("uq_media_sha256")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_attachments_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_attachments_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_attachments_media_id_media")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("event_id", "language", name=op.f("uq_attachments_event_id")),
        sa.UniqueConstraint("campaign_id", "language", name=op.f("uq_attachments_campaign_id")),
    )
    for name in ("event_id", "campaign_id", "media_id"):
        op.create_index(op.f(f"ix_attachments_{name}"), "attachments", [name])
    op.add_column("simulated_messages", sa.Column("media_id", sa.Integer(), nullable=True))

    op.create_table(
        "paces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=140), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paces")),
    )
    op.create_index("ix_paces_sender", "paces", ["sender", "at"])
    op.add_column("centres", sa.Column("held_drafts", sa.JSON(), nullable=True))
    op.add_column(
        "outbox", sa.Column("gap", sa.String(length=16), server_default="", nullable=False)
    )
    op.add_column(
        "outbox", sa.Column("owes_media", sa.Boolean(), server_default="0", nullable=False)
    )
    op.add_column("tasks", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tasks", sa.Column("taken_by", sa.Integer(), nullable=True))
    op.add_column("inbound", sa.Column("media_ref", sa.Text(), nullable=True))
    op.add_column("inbound", sa.Column("latitude", sa.Float(), nullable=True))
    op.add_column("inbound", sa.Column("longitude", sa.Float(), nullable=True))

    for name, minutes in (("deputy_minutes", "15"), ("again_minutes", "30")):
        op.add_column(
            "centres", sa.Column(name, sa.Integer(), server_default=minutes, nullable=False)
        )
    op.add_column("inbound", sa.Column("guarded_by", sa.Integer(), nullable=True))
    op.add_column("tasks", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tasks", sa.Column("released_by", sa.Integer(), nullable=True))
    _create_guard()


def _create_guard() -> None:
    """What was heard that a person must see, who is called for it, and who has read it."""
    op.create_table(
        "alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("inbound_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(length=8), nullable=True),
        sa.Column("verdict_by", sa.Integer(), nullable=True),
        sa.Column("verdict_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_alarms_task_id_tasks")),
        sa.ForeignKeyConstraint(
            ["inbound_id"], ["inbound.id"], name=op.f("fk_alarms_inbound_id_inbound")
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["staff.id"], name=op.f("fk_alarms_acknowledged_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["verdict_by"], ["staff.id"], name=op.f("fk_alarms_verdict_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    for name in ("task_id", "inbound_id", "at"):
        op.create_index(op.f(f"ix_alarms_{name}"), "alarms", [name])
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alarm_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["alarm_id"], ["alarms.id"], name=op.f("fk_alerts_alarm_id_alarms")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_alerts_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("alarm_id", "staff_id", "round", name=op.f("uq_alerts_alarm_id")),
    )
    for name in ("alarm_id", "staff_id"):
        op.create_index(op.f(f"ix_alerts_{name}"), "alerts", [name])
    op.create_table(
        "duties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centres.id"], name=op.f("fk_duties_centre_id_centres")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_duties_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
        sa.UniqueConstraint("centre_id", "rank", name=op.f("uq_duties_centre_id")),
        sa.UniqueConstraint("centre_id", "staff_id", name=op.f("uq_duties_centre_id_staff_id")),
    )
    for name in ("centre_id", "staff_id"):
        op.create_index(op.f(f"ix_duties_{name}"), "duties", [name])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_audit_staff_id_staff")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_audit_task_id_tasks")),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centres.id"], name=op.f("fk_audit_centre_id_centres")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    for name in ("staff_id", "task_id", "at", "centre_id"):
        op.create_index(op.f(f"ix_audit_{name}"), "audit", [name])
    for name, more, longest in (("event", "notes", 400), ("campaign", "body", 600)):
        for column in (
            sa.Column("of_title", sa.String(length=120), nullable=True),
            sa.Column(f"of_{more}", sa.String(length=longest), nullable=True),
            sa.Column("state", sa.String(length=16), server_default="draft", nullable=False),
            sa.Column("source", sa.String(length=16), server_default="person", nullable=False),
            sa.Column("reviewed_by", sa.String(length=80), server_default="", nullable=False),
            sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        ):
            op.add_column(f"{name}_texts", column)
        texts = sa.table(
            f"{name}_texts",
            *(sa.column(one) for one in (f"{name}_id", "original", "title", more)),
            *(sa.column(one) for one in ("of_title", f"of_{more}")),
        )
        own = texts.alias("own")
        of = sa.select(own.c.title).where(own.c[f"{name}_id"] == texts.c[f"{name}_id"])
        op.execute(
            texts.update()
            .where(sa.not_(texts.c.original))
            .values(
                {
                    "of_title": of.where(own.c.original).scalar_subquery(),
                    f"of_{more}": of.where(own.c.original)
                    .with_only_columns(own.c[more])
                    .scalar_subquery(),
                }
            )
        )
    op.create_table(
        "text_reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.String(length=16), server_default="", nullable=False),
        sa.Column("by", sa.String(length=80), server_default="", nullable=False),
        sa.Column("note", sa.String(length=600), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_text_reviews_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_text_reviews_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_reviews")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_text_reviews_token_hash")),
    )
    for name in ("event_id", "campaign_id"):
        op.create_index(op.f(f"ix_text_reviews_{name}"), "text_reviews", [name])
    op.add_column(
        "contacts", sa.Column("rendering", sa.String(length=16), server_default="", nullable=False)
    )


def downgrade() -> None:
    """Undo."""
    op.drop_column("contacts", "rendering")
    op.drop_table("text_reviews")
    for name, more in (("event_texts", "notes"), ("campaign_texts", "body")):
        for column in ("reviewed_at", "reviewed_by", "source", "state", f"of_{more}", "of_title"):
            op.drop_column(name, column)
    for name in ("audit", "duties", "alerts", "alarms"):
        op.drop_table(name)
    for name in ("released_by", "released_at"):
        op.drop_column("tasks", name)
    op.drop_column("inbound", "guarded_by")
    for name in ("again_minutes", "deputy_minutes"):
        op.drop_column("centres", name)
    for name in ("taken_by", "taken_at"):
        op.drop_column("tasks", name)
    for name in ("longitude", "latitude", "media_ref"):
        op.drop_column("inbound", name)
    op.drop_table("paces")
    op.drop_column("simulated_messages", "media_id")
    op.drop_table("attachments")
    op.drop_table("media")
    op.drop_table("earlier_tries")
    op.drop_column("outbox", "owes_media")
    op.drop_column("outbox", "gap")
    for name in ("held_drafts", "telegram_bot", "weekly_cap", "daily_cap"):
        op.drop_column("centres", name)
