"""How fast an `hf:` coder is on one core, by torch and by ONNX Runtime: python benchmarks/models.py [--comments N].

The model has the size of BERT-base (12 layers, 768 numbers, a vocabulary of 21,128) and random weights: it knows
nothing, and is as fast as one that does. Needs the extra minyi[transformers], 1 GB of disk and a few minutes.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import tokenizers
import torch
import transformers

from nlp.coders import get_coder
from nlp.coders.hf.export import export_onnx
from nlp.coders.hf.folder import open_folder
from nlp.coders.protocol import CoderSettings
from nlp.examples import change_of

CHANGE = change_of("某市全面禁止摩托车通行")
LABELS = {0: "support", 1: "concern", 2: "suggestion", 3: "neutral"}
HAN = [chr(0x4E00 + number) for number in range(21_123)]


def base_model(folder: Path) -> None:
    """A model of base size, a token for each Han character."""
    vocabulary = {token: number for number, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *HAN])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106  no password
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer()
    tokenizer.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    whole = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **special)
    whole.save_pretrained(folder)
    torch.manual_seed(0)
    settings = transformers.BertConfig(vocab_size=len(vocabulary), id2label=LABELS)
    transformers.BertForSequenceClassification(settings).save_pretrained(folder)


def comments(n: int) -> list[str]:
    """Random Han of the lengths that comments have: half of them under 30 characters, one in twenty over 80."""
    draw = np.random.default_rng(0)
    lengths = np.clip(draw.lognormal(3.4, 0.6, n).astype(int), 2, 500)
    return ["".join(draw.choice(HAN, length)) for length in lengths]


def speed(folder: Path, texts: list[str]) -> tuple[float, float]:
    """Comments per CPU-second, and CPU-seconds to load."""
    coder = get_coder(f"hf:{folder}", CoderSettings())
    begun = time.process_time()
    coder.code(["一"], CHANGE)
    loaded = time.process_time()
    coder.code(texts, CHANGE)
    return len(texts) / (time.process_time() - loaded), loaded - begun


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--comments", type=int, default=200)
    texts = comments(options.parse_args().comments)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core: threads that wait for others count as work
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    print(f"{len(texts)} comments of {np.mean([len(text) for text in texts]):.0f} characters on average")
    print(f"{'runtime':<24}{'MB':>6}{'comments/CPU-s':>16}{'load CPU-s':>12}{'same label':>12}")
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "torch"
        base_model(source)
        rows = [("torch float32", source, 1.0)]
        for name, int8 in (("ONNX Runtime float32", False), ("ONNX Runtime int8", True)):
            folder = Path(place) / ("int8" if int8 else "float32")
            rows.append((name, folder, export_onnx(open_folder(source), folder, int8=int8).agreement))
        for name, folder, agreement in rows:
            rate, load = speed(folder, texts)
            size = open_folder(folder).weights[0].stat().st_size / 2**20
            print(f"{name:<24}{size:>6.0f}{rate:>16.1f}{load:>12.1f}{agreement:>12.0%}")


if __name__ == "__main__":
    main()
