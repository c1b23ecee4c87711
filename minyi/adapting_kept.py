"""What a run of `minyi adapt` keeps of itself: from which labels and comments, by which program, a coder was learned.

No text is kept. The same labels beside the same comments give the same digests and the same coder.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from minyi.fingerprints import CodePrint, code_print
from minyi.manifests import MANIFEST, folder_of
from minyi.receipts import versions
from nlp import adapted_score
from nlp.fold import fold_keys
from storage.files import write_atomically
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from minyi.adapting_labels import Used
    from minyi.receipts import Receipt
    from minyi.workspace import Workspace
    from nlp.adaptation import Adaptation
    from nlp.adapted_score import AdaptedScore


@dataclass(frozen=True)
class LabelSet:
    """The labels that were learned: whether stored ones, how many of each stance, and SHA-256 over what they say."""

    stored: bool
    stances: dict[str, int]
    digest: str


@dataclass(frozen=True)
class Beside:
    """The study's comments without a label: how many, and SHA-256 over their texts in any order."""

    comments: int
    digest: str


@dataclass(frozen=True)
class AdaptedManifest:
    """Everything that a study's coder follows from.

    Attributes:
        run: its id in the store.
        code: the program.
        versions: what numbers may depend on.
        study: the study's id.
        study_digest: SHA-256 of the study file.
        target: the change that it was learned for.
        base: version of the embedded coder that it corrects.
        labels: the labels.
        data: the comments beside them.
        seeds: of what is drawn at random, by what it is drawn for.
        coder: version of the coder that was learned; it changes whenever a score can.
        score: how well it did on labels left out.
    """

    run: str
    code: CodePrint
    versions: dict[str, str]
    study: str
    study_digest: str
    target: str
    base: str
    labels: LabelSet
    data: Beside
    seeds: dict[str, list[int]]
    coder: str
    score: dict[str, Any]
    command: str = "adapt"
    format: int = 1


def keep_adapted(
    workspace: Workspace,
    receipt: Receipt,
    used: Used,
    others: Sequence[str],
    adaptation: Adaptation,
    score: AdaptedScore,
) -> Path:
    """Keep what a coder was learned from, and the digest of that in the run's counts; gives the manifest's path.

    Raises:
        storage.files.FileWriteError: it cannot be written.
    """
    labels = LabelSet(used.stored, _by_stance(used), labels_digest(used))
    data = Beside(len(others), hashlib.sha256(np.sort(fold_keys(others)).tobytes()).hexdigest())
    manifest = _manifest(workspace, receipt.run, labels, data, adaptation, score)
    content = (json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
    path = folder_of(workspace, receipt.run) / MANIFEST
    write_atomically(path, content)
    receipt.counts = {
        "labels": score.labels,
        **labels.stances,
        "unlabelled": len(others),
        "rejects": len(used.rejects),
        "coder": adaptation.version,
        "manifest": hashlib.sha256(content).hexdigest(),
    }
    return path


def _manifest(
    workspace: Workspace, run: str, labels: LabelSet, data: Beside, adaptation: Adaptation, score: AdaptedScore
) -> AdaptedManifest:
    draws = {"cross_validation": adapted_score.ROUNDS, "learning_curve": adapted_score.CURVE_ROUNDS}
    return AdaptedManifest(
        run=run,
        code=code_print(),
        versions=versions(),
        study=workspace.study.id,
        study_digest=workspace.digest,
        target=adaptation.target,
        base=adaptation.base,
        labels=labels,
        data=data,
        seeds={name: list(range(count)) for name, count in draws.items()},
        coder=adaptation.version,
        score=score.as_dict(),
    )


def labels_digest(used: Used) -> str:
    """SHA-256 over the texts, as `fold_keys`, the stances and the reporting clauses, in order of the texts."""
    keys = fold_keys(used.texts)
    order = np.argsort(keys, kind="stable")
    digest = hashlib.sha256(keys[order].tobytes() + used.stances[order].tobytes())
    for at in order.tolist():
        digest.update(f"{used.evidence[at] or ''}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _by_stance(used: Used) -> dict[str, int]:
    counts = np.bincount(used.stances, minlength=len(STANCES)).tolist()
    return {str(stance): count for stance, count in zip(STANCES, counts, strict=True)}
