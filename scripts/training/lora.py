"""A BERT encoder in torch whose linear layers are trained through low-rank updates alone.

Texts are packed end to end, so nothing is computed for padding but the attention's scores, within
texts of like length. The method is LoRA, Hu et al. 2021, arXiv:2106.09685.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from index.arrays import Int64Array
from index.encoding.adapter import DOWN, UP
from index.encoding.bert import BertShape, Weights

TUNED = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_MASKED = -1e4
_SHORT = 24


class LoraBert:
    """Frozen weights in one precision, and trainable low-rank updates in float32."""

    def __init__(self, weights: Weights, shape: BertShape, rank: int, seed: int, device: str = "cpu") -> None:
        self._shape = shape
        self._device = device
        self._frozen = {
            name: torch.from_numpy(np.array(values)).to(device, _precision(name)) for name, values in weights.items()
        }
        generator = torch.Generator().manual_seed(seed)
        self.updates: dict[str, Tensor] = {}
        for name in _tuned_names(shape):
            outputs, inputs = weights[name].shape
            down = torch.randn(rank, inputs, generator=generator) / math.sqrt(inputs)
            self.updates[name + DOWN] = down.to(device).requires_grad_()
            self.updates[name + UP] = torch.zeros(outputs, rank, device=device).requires_grad_()

    def states(self, texts: Sequence[Int64Array]) -> Tensor:
        """Return the last hidden states of texts' token ids, packed: (all tokens, d) in float32."""
        found: dict[int, Tensor] = {}
        for group in alike([len(text) for text in texts]):
            states = self._states([texts[place] for place in group])
            found |= zip(group, torch.split(states, [len(texts[place]) for place in group]), strict=True)
        return torch.cat([found[place] for place in range(len(texts))])

    def _states(self, texts: Sequence[Int64Array]) -> Tensor:
        pack = _Pack(texts, self._device)
        word, position = "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"
        kind = self._frozen["embeddings.token_type_embeddings.weight"][0]
        states = self._norm(self._frozen[word][pack.ids] + self._frozen[position][pack.places] + kind, "embeddings.")
        for layer in range(self._shape.layers):
            states = self._layer(states, pack, f"encoder.layer.{layer}.")
        return states.float()

    def _layer(self, states: Tensor, pack: _Pack, layer: str) -> Tensor:
        query, key, value = (
            pack.split(self._linear(states, f"{layer}attention.self.{part}"), self._shape.heads)
            for part in ("query", "key", "value")
        )
        mixed = pack.join(attention(query, key, value, pack.bias))
        attended = self._linear(mixed, f"{layer}attention.output.dense")
        states = self._norm(states + attended, f"{layer}attention.output.")
        inner = F.gelu(self._linear(states, f"{layer}intermediate.dense"))
        return self._norm(states + self._linear(inner, f"{layer}output.dense"), f"{layer}output.")

    def _linear(self, states: Tensor, name: str) -> Tensor:
        weight = f"{name}.weight"
        down, up = (self.updates[weight + part].to(states.dtype) for part in (DOWN, UP))
        frozen = F.linear(states, self._frozen[weight], self._frozen[f"{name}.bias"])
        return frozen + F.linear(F.linear(states, down), up)

    def _norm(self, states: Tensor, name: str) -> Tensor:
        scale, shift = (self._frozen[f"{name}LayerNorm.{part}"] for part in ("weight", "bias"))
        return F.layer_norm(states.float(), scale.shape, scale, shift, self._shape.epsilon).to(torch.bfloat16)


def attention(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Return the attended values of heads (batch, heads, width, d); `bias` is added to scores, in float32.

    On CPUs torch's own fused kernel takes four times as long in its backward pass in bfloat16.
    """
    scores = (query @ key.transpose(-1, -2)).float() / math.sqrt(query.shape[-1]) + bias
    return scores.softmax(-1).to(value.dtype) @ value


class _Pack:
    """Where the tokens of packed texts lie in a padded batch."""

    def __init__(self, texts: Sequence[Int64Array], device: str) -> None:
        lengths = torch.tensor([len(text) for text in texts])
        self._batch, self._width = len(texts), int(lengths.max())
        places = torch.cat([torch.arange(int(length)) for length in lengths])
        self.ids = torch.from_numpy(np.concatenate(texts)).to(device)
        self.places = places.to(device)
        slots = torch.repeat_interleave(torch.arange(self._batch), lengths) * self._width + places
        empty = torch.ones(self._batch * self._width, dtype=torch.bool).index_fill(0, slots, False)
        bias = torch.zeros(len(empty)).masked_fill(empty, _MASKED)
        self.bias = bias.view(self._batch, 1, 1, self._width).to(device)
        self._slots = slots.to(device)

    def split(self, states: Tensor, heads: int) -> Tensor:
        """Return packed states (tokens, d) as (batch, heads, width, d / heads)."""
        padded = states.new_zeros(self._batch * self._width, states.shape[1]).index_copy(0, self._slots, states)
        return padded.view(self._batch, self._width, heads, -1).transpose(1, 2)

    def join(self, states: Tensor) -> Tensor:
        """Return (batch, heads, width, d / heads) as packed states again."""
        return states.transpose(1, 2).reshape(self._batch * self._width, -1)[self._slots]


def alike(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the places of lengths in groups: the longest of each is at most half as long again as its shortest.

    Attention costs as much as the longest text of its batch, for every text.
    """
    group: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        if group and lengths[place] > 1.5 * max(lengths[group[0]], _SHORT):
            yield group
            group = []
        group.append(place)
    yield group


def _tuned_names(shape: BertShape) -> Iterator[str]:
    for layer in range(shape.layers):
        yield from (f"encoder.layer.{layer}.{part}.weight" for part in TUNED)


def _precision(name: str) -> torch.dtype:
    """Return bfloat16 for what matrix products read, float32 for embeddings and norms."""
    return torch.float32 if "embeddings" in name or "LayerNorm" in name else torch.bfloat16
