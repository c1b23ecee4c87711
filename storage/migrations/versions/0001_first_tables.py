"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PRECISION = (
    "published_precision = 'second' OR published_precision = 'minute' OR published_precision = 'hour' OR "
    "published_precision = 'day' OR published_precision = 'month' OR published_precision = 'year'"
)
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# An annotation is never changed, and it leaves only together with its comment.
REFUSALS_SQLITE = (
    """CREATE TRIGGER annotation_unchanged BEFORE UPDATE ON annotation
    BEGIN SELECT RAISE(ABORT, 'annotations are append-only'); END""",
    """CREATE TRIGGER annotation_kept BEFORE DELETE ON annotation
    WHEN EXISTS (SELECT 1 FROM comment WHERE key = OLD.comment)
    BEGIN SELECT RAISE(ABORT, 'annotations are append-only'); END""",
)
REFUSALS_POSTGRES = (
    """CREATE FUNCTION annotation_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM comment WHERE key = OLD.comment) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'annotations are append-only';
    END $$""",
    """CREATE TRIGGER annotation_kept BEFORE UPDATE OR DELETE ON annotation
    FOR EACH ROW EXECUTE FUNCTION annotation_refuse()""",
    """CREATE TRIGGER annotation_never_emptied BEFORE TRUNCATE ON annotation
    FOR EACH STATEMENT EXECUTE FUNCTION annotation_refuse()""",
)


def upgrade() -> None:
    """Creates every table, parents before children."""
    _setting()
    _study()
    _policy_event()
    _source()
    _run()
    _capture()
    _file_import()
    _article()
    _comment()
    _coding()
    _annotation()
    _agreement()
    _finding()
    _report()
    _reject()
    for refusal in REFUSALS_SQLITE if op.get_bind().dialect.name == "sqlite" else REFUSALS_POSTGRES:
        op.execute(sa.text(refusal))


def _setting() -> None:
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sqlite_strict=True,
    )


def _study() -> None:
    op.create_table(
        "study",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", WHOLE, nullable=False),
        sqlite_strict=True,
    )


def _policy_event() -> None:
    op.create_table(
        "policy_event",
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("date", sa.Text(), nullable=False),
        sa.Column("precision", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who_zh", sa.Text(), nullable=False),
        sa.Column("who_en", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("study", "id"),
        sa.CheckConstraint(
            "kind = 'announced' OR kind = 'effective' OR kind = 'clarified' OR "
            "kind = 'reversed' OR kind = 'regulator' OR kind = 'media'",
            name="policy_event_kind",
        ),
        sa.CheckConstraint(
            "precision = 'day' OR precision = 'month' OR precision = 'year'", name="policy_event_precision"
        ),
        sqlite_strict=True,
    )


def _source() -> None:
    op.create_table(
        "source",
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("study", "name"),
        sqlite_strict=True,
    )


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", WHOLE, nullable=False),
        sa.Column("ended_at", WHOLE, nullable=True),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("config_digest", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("failures", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status = 'running' OR status = 'ok' OR status = 'partial' OR status = 'failed'", name="run_status"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_run_study", "run", ["study"])


def _capture() -> None:
    op.create_table(
        "capture",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.Column("status", WHOLE, nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("size", WHOLE, nullable=False),
        sa.Column("fetched_at", WHOLE, nullable=False),
        sa.Column("complete", WHOLE, nullable=False),
        sa.CheckConstraint("complete = 0 OR complete = 1", name="capture_complete"),
        sa.UniqueConstraint("study", "source", "sha256", "url", name="capture_once"),
        sa.CheckConstraint("length(sha256) = 64", name="capture_sha256"),
        sa.ForeignKeyConstraint(["study", "source"], ["source.study", "source.name"], name="capture_source"),
        sqlite_strict=True,
    )


def _file_import() -> None:
    op.create_table(
        "file_import",
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("options_digest", sa.Text(), nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        sa.PrimaryKeyConstraint("study", "sha256", "options_digest"),
        sqlite_strict=True,
    )


def _article() -> None:
    op.create_table(
        "article",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        sa.Column("capture", WHOLE, sa.ForeignKey("capture.key"), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("published_at", WHOLE, nullable=True),
        sa.Column("published_raw", sa.Text(), nullable=False),
        sa.Column("published_precision", sa.Text(), nullable=True),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("flags", WHOLE, nullable=False),
        sa.UniqueConstraint("study", "source", "id", name="article_once"),
        sa.CheckConstraint(PRECISION, name="article_precision"),
        sa.CheckConstraint("published_at BETWEEN -62135596800000 AND 253402300799999", name="article_published"),
        sa.ForeignKeyConstraint(["study", "source"], ["source.study", "source.name"], name="article_source"),
        sqlite_strict=True,
    )


def _comment() -> None:
    op.create_table(
        "comment",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ext_id", sa.Text(), nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        sa.Column("capture", WHOLE, sa.ForeignKey("capture.key"), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("published_at", WHOLE, nullable=True),
        sa.Column("published_raw", sa.Text(), nullable=True),
        sa.Column("published_precision", sa.Text(), nullable=True),
        sa.Column("likes", WHOLE, nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("article_id", sa.Text(), nullable=True),
        sa.Column("span_start", WHOLE, nullable=True),
        sa.Column("span_end", WHOLE, nullable=True),
        sa.Column("direct", WHOLE, nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("fold", WHOLE, nullable=True),
        sa.Column("flags", WHOLE, nullable=False),
        sa.CheckConstraint("direct = 0 OR direct = 1", name="comment_direct"),
        sa.UniqueConstraint("id", name="comment_id"),
        sa.CheckConstraint(
            "kind = 'comment' OR kind = 'post' OR kind = 'review' OR kind = 'message' OR kind = 'quote'",
            name="comment_kind",
        ),
        sa.UniqueConstraint("study", "source", "ext_id", name="comment_once"),
        sa.CheckConstraint(PRECISION, name="comment_precision"),
        sa.CheckConstraint("published_at BETWEEN -62135596800000 AND 253402300799999", name="comment_published"),
        sa.ForeignKeyConstraint(["study", "source"], ["source.study", "source.name"], name="comment_source"),
        sa.CheckConstraint("0 <= span_start AND span_start <= span_end", name="comment_span"),
        sa.CheckConstraint("length(text) > 0", name="comment_text"),
        sqlite_strict=True,
    )
    op.create_index("comment_in_order", "comment", ["study", "key"])


def _coding() -> None:
    op.create_table(
        "coding",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("annotator_kind", sa.Text(), nullable=False),
        sa.Column("codebook", sa.Text(), nullable=False),
        sa.CheckConstraint("annotator_kind = 'person' OR annotator_kind = 'classifier'", name="coding_annotator_kind"),
        sa.UniqueConstraint("study", "target", "annotator", "codebook", name="coding_once"),
        sqlite_strict=True,
    )


def _annotation() -> None:
    op.create_table(
        "annotation",
        sa.Column(
            "comment",
            WHOLE,
            sa.ForeignKey("comment.key", name="annotation_comment", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("coding", WHOLE, sa.ForeignKey("coding.key"), nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("stance", sa.Text(), nullable=True),
        sa.Column("support", sa.REAL(), nullable=True),
        sa.Column("concern", sa.REAL(), nullable=True),
        sa.Column("suggestion", sa.REAL(), nullable=True),
        sa.Column("neutral", sa.REAL(), nullable=True),
        sa.PrimaryKeyConstraint("comment", "coding", "revision"),
        sa.CheckConstraint(
            "stance = 'support' OR stance = 'concern' OR stance = 'suggestion' OR stance = 'neutral'",
            name="annotation_stance",
        ),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )


def _agreement() -> None:
    op.create_table(
        "agreement",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("statistic", sa.Text(), nullable=False),
        sa.Column("annotators", sa.Text(), nullable=False),
        sa.Column("value", sa.REAL(), nullable=True),
        sa.Column("low", sa.REAL(), nullable=True),
        sa.Column("high", sa.REAL(), nullable=True),
        sa.Column("n", WHOLE, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_agreement_study", "agreement", ["study"])


def _finding() -> None:
    op.create_table(
        "finding",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("estimate", sa.REAL(), nullable=True),
        sa.Column("low", sa.REAL(), nullable=True),
        sa.Column("high", sa.REAL(), nullable=True),
        sa.Column("n", WHOLE, nullable=True),
        sa.Column("test", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.UniqueConstraint("run", "name", name="finding_once"),
        sqlite_strict=True,
    )
    op.create_index("ix_finding_study", "finding", ["study"])


def _report() -> None:
    op.create_table(
        "report",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.UniqueConstraint("run", "language", "path", name="report_once"),
        sqlite_strict=True,
    )
    op.create_index("ix_report_study", "report", ["study"])


def _reject() -> None:
    op.create_table(
        "reject",
        sa.Column("key", WHOLE, primary_key=True),
        sa.Column("study", sa.Text(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("run", WHOLE, sa.ForeignKey("run.key"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_reject_study", "reject", ["study"])
