"""BERT weights to a folder that the ONNX encoder reads, its scales calibrated on texts that ship here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.arrays import FloatArray
from index.encoding.bert import GRAPH_FILE, BertShape, Weights, WordTable
from index.encoding.onnx_encoder import open_session, open_tokenizer
from index.encoding.onnx_graph import Range, Ranges, build_float_graph, build_graph

# Titles, sections and queries in Korean and English, long and short, one a line, with E5's prefixes.
CALIBRATION_FILE = Path(__file__).parent / "calibration.txt"


def export(weights: Weights, shape: BertShape, folder: Path) -> None:
    """Write the int8 graph and the word table of these weights into a folder that holds their tokenizer.

    `weights` are float32 under BertModel's own names, linear layers as (out, in).
    """
    WordTable.write(weights, folder)
    ranges = measure_ranges(weights, shape, calibration_embeddings(shape, folder))
    (folder / GRAPH_FILE).write_bytes(build_graph(weights, shape, ranges))


def calibration_embeddings(shape: BertShape, folder: Path) -> list[FloatArray]:
    """Return the summed embeddings, (1, length, hidden), of each calibration text."""
    embed = WordTable(folder)
    tokenizer = open_tokenizer(folder, shape.positions)
    texts = CALIBRATION_FILE.read_text(encoding="utf-8").splitlines()
    return [embed(tokens.ids[None]) for tokens in tokenizer.encode(texts)]


def measure_ranges(weights: Weights, shape: BertShape, embedded: Sequence[FloatArray]) -> Ranges:
    """Return the range of every linear layer's input over some texts, by the layer's name, in float32."""
    session = open_session(build_float_graph(weights, shape))
    ends = [output.name for output in session.get_outputs()[1:]]
    rows = zip(*(session.run(ends, {"embedded": text}) for text in embedded), strict=True)
    found = {end: np.stack(values) for end, values in zip(ends, rows, strict=True)}
    names = [end.removesuffix(".low") for end in ends if end.endswith(".low")]
    return {name: Range(found[f"{name}.low"].min(axis=0), found[f"{name}.high"].max(axis=0)) for name in names}
