"""Which rows of a generation belong to which paper, and what is known of each: its arrays of numbers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, RowArray
from index.errors import StoreError
from index.paper import Kind
from index.words.languages import Languages

TITLE_SHARE = 0.5
"""How much of its paper's title is in a section's vector."""
KINDS = tuple(Kind)
NO_VOTES = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Layout:
    """Which rows belong to which paper; `dates` is yyyymmdd or 0, `votes` is NO_VOTES where unknown."""

    section_offsets: npt.NDArray[np.int64]
    section_kinds: npt.NDArray[np.uint8]
    sentence_offsets: npt.NDArray[np.int64]
    sentence_scales: FloatArray
    dates: npt.NDArray[np.int32]
    votes: npt.NDArray[np.int64]
    section_languages: Languages
    title_languages: Languages
    section_means: FloatArray
    title_means: FloatArray
    sentence_means: FloatArray
    agreement: FloatArray
    section_papers: npt.NDArray[np.int64]

    @classmethod
    def read(cls, path: Path) -> Layout:
        """Read the arrays and derive each section's paper row."""
        names = [field.name for field in fields(cls) if field.name != "section_papers"]
        with np.load(path, allow_pickle=False) as arrays:
            missing = sorted(set(names) - set(arrays.files))
            if missing:
                raise StoreError(f"{path}: has no {missing[0]}; rebuild with: nonmun index")
            stored = {name: arrays[name] for name in names}
        sizes = np.diff(stored["section_offsets"])
        return cls(**stored, section_papers=np.repeat(np.arange(len(sizes)), sizes))

    def lifts(self, sections: RowArray, vector: FloatArray) -> FloatArray:
        """Return what a query's scores for some sections lack for being measured from the languages' means."""
        titles = self.title_languages[self.section_papers[sections]]
        lifts: FloatArray = (self.section_means @ vector)[self.section_languages[sections]]
        return lifts + np.float32(TITLE_SHARE) * (self.title_means @ vector)[titles]
