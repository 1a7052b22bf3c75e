"""Papers to training examples: queries in two languages, and the passage and title that answer them."""

from __future__ import annotations

import json
import lzma
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.paper import Span, split_sentences

_ABSTRACT_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
# A Korean phrase and its English name in brackets: 지식 증류(knowledge distillation).
_NAMED = re.compile(r"((?:[가-힣]+ ?){1,4})\(([A-Za-z][A-Za-z -]{2,40})\)")
_LEAST_SENTENCE = 30
_LEAST_SECTION = 40


@dataclass(frozen=True, slots=True)
class Source:
    """A paper to learn from: English sentences of its abstract, where known, and Korean sections."""

    id: str
    title: str
    abstract: tuple[str, ...]
    sections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A passage with its sentences, its paper's title, and queries that both answer."""

    queries: tuple[str, ...]
    titled: tuple[bool, ...]  # per query: whether it is not the title itself
    title: str
    passage: str
    sentences: tuple[Span, ...]


def read_pairs(file: Path) -> list[Source]:
    """Read papers with an English abstract and Korean sections, one JSON object a line, xz-compressed."""
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return list(_usable(source(r["id"], r["title"], r["abstract"], r["sections"].values()) for r in rows))


def read_digests(folder: Path, allowed: set[str]) -> list[Source]:
    """Read the papers of an archive whose ids are allowed."""
    from index.sources.corpus import read_corpus

    papers = (paper for paper in read_corpus([folder]).papers if paper.id in allowed)
    return list(_usable(source(p.id, p.title, "", [section.text for section in p.sections]) for p in papers))


def source(name: str, title: str, abstract: str, sections: Iterable[str]) -> Source:
    """Return a paper with its abstract in sentences, and white space and short scraps left out."""
    sentences = (s for s in _ABSTRACT_END.split(" ".join(abstract.split())) if len(s) > _LEAST_SENTENCE)
    texts = (text for text in sections if len(text) > _LEAST_SECTION)
    return Source(name, " ".join(title.split()), tuple(sentences), tuple(texts))


def _usable(sources: Iterable[Source]) -> Iterable[Source]:
    return (s for s in sources if s.title and (len(s.sections) > 1 or (s.sections and s.abstract)))


def cluster(sources: Sequence[Source], clusters: int, seed: int) -> npt.NDArray[np.int32]:
    """Return the number of each paper's cluster, by k-means over 100 singular vectors of its English words."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    words = TfidfVectorizer(max_df=0.1, min_df=5, sublinear_tf=True, token_pattern=r"[A-Za-z]{2,}")
    counts = words.fit_transform(" ".join([s.title, s.title, *s.sections, *s.abstract]) for s in sources)
    topics = normalize(TruncatedSVD(100, random_state=seed).fit_transform(counts))
    means = MiniBatchKMeans(clusters, random_state=seed, batch_size=4096, n_init=1)
    labels: npt.NDArray[np.int32] = means.fit_predict(topics)
    return labels


class Sampler:
    """Chooses each step's examples, most of them near neighbours, from a seed and the step alone."""

    def __init__(self, sources: Sequence[Source], clusters: npt.NDArray[np.int32], seed: int) -> None:
        self._sources = sources
        self._clusters = clusters
        self._seed = seed
        self._members: dict[int, list[int]] = {}
        for place, number in enumerate(clusters.tolist()):
            self._members.setdefault(number, []).append(place)
        self._bilingual = [place for place, paper in enumerate(sources) if paper.abstract]

    def batch(self, step: int, size: int, together: int = 8) -> list[Example]:
        """Return `size` examples of different papers: groups of `together` from one cluster, a quarter from any."""
        rng = random.Random(f"{self._seed}/{step}")
        chosen: dict[int, None] = {}
        while len(chosen) < size * 3 // 4:
            # A paper with an abstract picks the cluster, so that both languages meet in it.
            members = self._members[int(self._clusters[rng.choice(self._bilingual)])]
            bilingual = [place for place in members if self._sources[place].abstract]
            picked = rng.sample(bilingual, min(len(bilingual), together * 3 // 4))
            picked += rng.sample(members, min(len(members), together))
            chosen |= dict.fromkeys(list(dict.fromkeys(picked))[:together])
        chosen |= dict.fromkeys(rng.sample(self._bilingual, size))
        return [example(self._sources[place], rng) for place in list(chosen)[:size]]


def example(paper: Source, rng: random.Random) -> Example:
    """Return one section of a paper as the passage, and two queries from what else is known of the paper."""
    order = rng.sample(paper.sections, len(paper.sections))
    title = paper.title + "\n" if rng.random() < 0.15 else ""
    sentences = tuple(Span(s.start + len(title), s.end + len(title)) for s in split_sentences(order[0]))
    queries = [abstract_query(paper.abstract, rng) for _ in range(2 if len(order) < 2 else 1) if paper.abstract]
    queries += [section_query(text, rng) for text in order[1 : 3 - len(queries)]]
    titled = [True] * len(queries)
    if len(queries) < 2 or rng.random() < 0.1:
        queries, titled = [*queries[:1], paper.title], [True, False]
    return Example(tuple(queries), tuple(titled), paper.title, title + order[0], sentences)


def abstract_query(sentences: Sequence[str], rng: random.Random) -> str:
    """Return one to three sentences of an abstract, or a few words of one."""
    start = rng.randrange(len(sentences))
    text = " ".join(sentences[start : start + rng.choice((1, 1, 1, 2, 3))])
    return few_words(text, rng, 3, 10) if rng.random() < 0.2 else text


def section_query(text: str, rng: random.Random) -> str:
    """Return one or two sentences of a section, or a few words of one, naming things in one language or both."""
    spans = split_sentences(text)
    start = rng.randrange(len(spans))
    part = text[spans[start].start : spans[min(start + rng.choice((1, 1, 1, 2)), len(spans)) - 1].end]
    if rng.random() < 0.6:
        part = _NAMED.sub(rng.choice((_in_korean, _in_english)), part)
    return few_words(part, rng, 3, 8) if rng.random() < 0.25 else part


def few_words(text: str, rng: random.Random, least: int, most: int) -> str:
    """Return a run of `least` to `most` words of a text."""
    words = text.split()
    length = rng.randint(least, most)
    start = rng.randrange(max(1, len(words) - length + 1))
    return " ".join(words[start : start + length])


def _in_korean(match: re.Match[str]) -> str:
    return match[1]


def _in_english(match: re.Match[str]) -> str:
    """Name a thing by its English words alone, taking as many Korean words for its Korean name."""
    korean, english = match[1].split(), match[2].split()
    return " ".join([*korean[: max(0, len(korean) - len(english))], *english])
