"""What is kept for others after a job: the heartbeat, the metrics and the page of receipts.

Nothing here can make a job fail: what cannot be written or sent is a warning.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from minyi.jobs.alerts import DONE
from minyi.jobs.heartbeat import heartbeat
from minyi.jobs.job_receipts import FOLDER, Receipts
from minyi.jobs.metrics import metrics_text, write_metrics
from minyi.jobs.notice_book import open_notices, read_book
from minyi.jobs.receipts_page import pages
from storage.errors import MinyiError
from storage.files import write_atomically

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from minyi.console import Console
    from minyi.jobs.job_receipts import Job
    from minyi.study_file import LoadedStudy

FAILED = 1
_BACK = 400
"""How many jobs are looked through for one that came through."""


def after_job(loaded: LoadedStudy, receipt: dict[str, Any], console: Console, now: datetime) -> None:
    """Ask for the heartbeat's address, and write the metrics and the page of receipts."""
    receipts = Receipts(data_of(loaded))
    job = receipts.job(receipt)
    try:
        book, _ = read_book(data_of(loaded))
        for name, page in pages(loaded, job, receipts, open_notices(book), now).items():
            write_atomically(data_of(loaded) / FOLDER / name, page)
    except MinyiError as error:
        console.warn(f"the page of receipts was not written: {error}")
    if loaded.notify.metrics:
        try:
            write_metrics(
                metrics_path(loaded), metrics_text(loaded.study.id, job, _last_good(job, receipts), job.alerts)
            )
        except MinyiError as error:
            console.warn(f"no metrics were written: {error}")
    failed_within = job.exit in DONE and not job.done
    heartbeat(loaded.notify.heartbeat, FAILED if failed_within else job.exit, console)


def data_of(loaded: LoadedStudy) -> Path:
    """Where the study keeps what it keeps."""
    return loaded.path.parent / "data"


def metrics_path(loaded: LoadedStudy) -> Path:
    """The file that `[notify] metrics` names, from the study's folder."""
    return loaded.path.parent / loaded.notify.metrics


def _last_good(job: Job, receipts: Receipts) -> Job | None:
    """The job itself or the one before it that came through; the receipt of this one may be on the disk or not."""
    return job if job.done else next((one for one in islice(receipts.jobs(), _BACK) if one.done), None)
