"""Text to token ids and the offsets they came from; the only import of tokenizers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Encoding, Regex
from tokenizers import Tokenizer as Backend
from tokenizers.models import Unigram
from tokenizers.normalizers import NFKC, Nmt, Replace, Strip
from tokenizers.normalizers import Sequence as Normalizers
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing

from index.encoding.tokens import Tokens

# No UTF-8 text can hold these; each becomes one replacement character, so offsets stay true.
_SURROGATE = re.compile("[\ud800-\udfff]")


class Tokenizer:
    """Splits texts into at most `max_tokens` tokens each."""

    def __init__(self, backend: Backend, max_tokens: int) -> None:
        self._backend = backend
        self._backend.no_padding()
        self._backend.enable_truncation(max_tokens)

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the tokens of each text, in order."""
        return [
            _tokens(encoding)
            for encoding in self._backend.encode_batch([_SURROGATE.sub("\ufffd", text) for text in texts])
        ]


def tokenizer_backend(file: Path) -> Backend:
    """Return the tokenizer that a tokenizer.json describes."""
    return Backend.from_file(str(file))


def _tokens(encoding: Encoding) -> Tokens:
    return Tokens(
        ids=np.asarray(encoding.ids, dtype=np.int64),
        offsets=np.asarray(encoding.offsets, dtype=np.int64).reshape(-1, 2),
        truncated=bool(encoding.overflowing),
    )


def unigram_backend(pieces: Sequence[tuple[str, float]]) -> Backend:
    """Return XLM-RoBERTa's tokenizer over these pieces and log-probabilities.

    Nmt drops controls and turns line breaks and zero-width marks into spaces, as SentencePiece's own
    nmt_nfkc rule does; the full-width tilde is the one common character that this rule keeps from NFKC.
    """
    backend = Backend(Unigram(list(pieces), unk_id=3, byte_fallback=False))
    kept = "\ue000"
    backend.normalizer = Normalizers(
        [Nmt(), Replace("\uff5e", kept), NFKC(), Replace(kept, "\uff5e"), Replace(Regex(r"\s+"), " "), Strip()]
    )
    backend.pre_tokenizer = Metaspace(prepend_scheme="always")
    backend.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    backend.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    return backend
