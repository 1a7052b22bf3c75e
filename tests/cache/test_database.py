"""What was worked out before: stored under what it depends on, and found again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cache.database import BATCH, FORMAT, KEY, Cache, Keys, missing_in, open_cache, passage_key, quantize
from index.encoding.encoder import Fingerprint, Passage, PassageVectors, QueryVector
from index.errors import StoreError
from index.paper import Span
from tests.support.fakes import DIMENSIONS, PRINT, LetterEncoder

PASSAGE = Passage("한 문장. Two sentences.", (Span(0, 5), Span(6, 20)))


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    opened = Cache(tmp_path / "cache.sqlite")
    yield opened
    opened.close()


def encoded(*passages: Passage) -> list[tuple[bytes, PassageVectors]]:
    vectors = dict(LetterEncoder().encode_passages(passages))
    return [(passage_key(PRINT, passage), vectors[i]) for i, passage in enumerate(passages)]


def keys(found: list[tuple[bytes, PassageVectors]]) -> Keys:
    return np.array([key for key, _ in found], KEY)


def test_vectors_are_found_again_under_their_key(cache: Cache) -> None:
    ((_, vectors),) = found = encoded(PASSAGE)
    cache.put(found)
    ((_, (section,), codes),) = cache.vectors(cache.places(keys(found)))
    assert float(section @ vectors.section) == pytest.approx(1, abs=1e-3)
    assert codes.shape == (2, DIMENSIONS)
    assert np.array_equal(codes, quantize(vectors.sentences))


def test_a_passage_without_sentences_is_kept(cache: Cache) -> None:
    found = encoded(Passage("제목"))
    cache.put(found)
    ((_, _, codes),) = cache.vectors(cache.places(keys(found)))
    assert codes.shape == (0, DIMENSIONS)


def test_many_vectors_come_back_to_their_positions_with_all_their_sentences(cache: Cache) -> None:
    texts = [Passage(f"글 {number}", (Span(0, 1), Span(2, 3))[: number % 3]) for number in range(3 * BATCH // 2)]
    found = encoded(*texts)
    cache.put(found)
    order = np.random.default_rng(1).permutation([*range(len(found)), 7, 7, 8])
    sections: dict[int, Any] = {}
    codes: dict[int, Any] = {}
    for positions, vectors, rows in cache.vectors(cache.places(keys(found)[order])):
        ends = np.cumsum([len(texts[i].sentences) for i in order[positions]])
        sections |= dict(zip(positions.tolist(), vectors, strict=True))
        codes |= dict(zip(positions.tolist(), np.split(rows, ends)[:-1], strict=True))
    assert len(sections) == len(order)
    for position, i in enumerate(order.tolist()):
        assert np.array_equal(sections[position], found[i][1].section.astype(np.float16))
        assert np.array_equal(codes[position], quantize(found[i][1].sentences))


def missing(cache: Cache, wanted: Sequence[bytes]) -> list[int]:
    """Return the positions of the keys that have no vectors."""
    return np.flatnonzero(cache.places(np.array(wanted, KEY)) < 0).tolist()


def test_places_tell_what_is_stored(cache: Cache) -> None:
    known, new = encoded(PASSAGE, Passage("새 글"))
    assert cache.places(keys([known])).tolist() == [-1]
    cache.put([known])
    places = cache.places(keys([new, known, known]))
    assert (places >= 0).tolist() == [False, True, True]
    assert cache.places(keys([])).tolist() == []


def test_only_what_is_not_stored_is_missing(cache: Cache) -> None:
    known, new = encoded(PASSAGE, Passage("새 글"))
    cache.put([known])
    assert missing(cache, [new[0], known[0], new[0]]) == [0, 2]
    cache.put([new])
    assert missing(cache, [new[0], known[0]]) == []


def test_the_first_vectors_of_a_key_stay(cache: Cache) -> None:
    key, vectors = encoded(PASSAGE)[0]
    cache.put([(key, vectors)])
    cache.put([(key, PassageVectors(-vectors.section, -vectors.sentences))])
    ((_, (section,), _),) = cache.vectors(cache.places(keys([(key, vectors)])))
    assert float(section @ vectors.section) > 0


def test_a_batch_is_stored_before_the_next(cache: Cache, tmp_path: Path) -> None:
    found = encoded(PASSAGE)
    cache.put(found)
    second = Cache(tmp_path / "cache.sqlite")
    assert missing(second, [found[0][0]]) == []
    second.close()


def test_a_batch_is_stored_whole_or_not_at_all(cache: Cache) -> None:
    found = encoded(PASSAGE, Passage("둘째"))

    def broken() -> Iterator[tuple[bytes, PassageVectors]]:
        yield found[0]
        raise OSError("the machine went down")

    with pytest.raises(OSError, match="went down"):
        cache.put(broken())
    assert missing(cache, [key for key, _ in found]) == [0, 1]


@pytest.mark.parametrize("name", [field.name for field in fields(Fingerprint)])
def test_another_encoder_has_other_keys(name: str) -> None:
    value = getattr(PRINT, name)
    changes: dict[str, Any] = {name: value + 1 if isinstance(value, int) else f"{value}?"}
    assert passage_key(replace(PRINT, **changes), PASSAGE) != passage_key(PRINT, PASSAGE)


@pytest.mark.parametrize(
    "other",
    [
        Passage(PASSAGE.text + " ", PASSAGE.sentences),
        Passage(PASSAGE.text),
        Passage(PASSAGE.text, (Span(0, 20),)),
        Passage(PASSAGE.text, PASSAGE.sentences[::-1]),
    ],
)
def test_another_text_or_other_sentences_have_another_key(other: Passage) -> None:
    assert passage_key(PRINT, other) != passage_key(PRINT, PASSAGE)
    assert len(passage_key(PRINT, other)) == 32


def test_a_query_is_encoded_once_for_each_encoder(cache: Cache) -> None:
    asked: list[str] = []

    class Listening(LetterEncoder):
        def encode_query(self, text: str) -> QueryVector:
            asked.append(text)
            return super().encode_query(text)

    encoder, other = Listening(), Listening(replace(PRINT, weights="other"))
    vectors = [cache.query_vector(one, text) for one in (encoder, encoder, other) for text in ("하나", "둘")]
    assert asked == ["하나", "둘"] * 2
    assert [vector.tobytes() for vector in vectors] == [
        LetterEncoder().encode_query(t).vector.tobytes() for t in ("하나", "둘")
    ] * 3


def test_what_is_stored_outlives_the_cache(tmp_path: Path) -> None:
    found = encoded(PASSAGE)
    with open_cache(tmp_path / "cache.sqlite") as first:
        first.put(found)
    with open_cache(tmp_path / "cache.sqlite") as second:
        assert missing(second, [found[0][0]]) == []


def test_a_cache_of_a_later_format_is_emptied(tmp_path: Path) -> None:
    path, found = tmp_path / "cache.sqlite", encoded(PASSAGE)
    with open_cache(path) as first:
        first.put(found)
    with open_cache(path) as same:
        assert missing(same, [found[0][0]]) == []
        same.database.execute(f"PRAGMA user_version = {FORMAT + 1}")
        same.database.execute("CREATE TABLE more (x)")
    with open_cache(path) as other:
        assert missing(other, [found[0][0]]) == [0]
        assert other.database.execute("SELECT 1 FROM sqlite_master WHERE name = 'more'").fetchone() is None


def test_the_vectors_of_the_first_format_are_kept(tmp_path: Path) -> None:
    path, (known, new) = tmp_path / "cache.sqlite", encoded(PASSAGE, Passage("새 글"))
    with closing(sqlite3.connect(path)) as first, first:
        first.execute("CREATE TABLE vectors (key BLOB PRIMARY KEY, section BLOB, sentences BLOB) WITHOUT ROWID")
        first.execute("CREATE TABLE words (analysis TEXT, word TEXT, morphemes TEXT)")
        row = known[0], known[1].section.astype(np.float16).tobytes(), quantize(known[1].sentences).tobytes()
        first.execute("INSERT INTO vectors VALUES (?, ?, ?)", row)
    with open_cache(path) as cache:
        assert missing(cache, [known[0], new[0]]) == [1]
        cache.put([new])
        _, sections, codes = next(cache.vectors(cache.places(keys([known]))))
        assert np.array_equal(sections[0], known[1].section.astype(np.float16))
        assert np.array_equal(codes, quantize(known[1].sentences))


def test_what_is_missing_is_told_without_a_trace(tmp_path: Path) -> None:
    path, (known, new) = tmp_path / "cache.sqlite", encoded(PASSAGE, Passage("새 글"))
    assert missing_in(path, {known[0], new[0]}) == 2
    with open_cache(path) as cache:
        cache.put([known])
    before = path.read_bytes()
    assert missing_in(path, {known[0], new[0]}) == 1
    assert (path.read_bytes(), [file.name for file in tmp_path.iterdir()]) == (before, [path.name])
    path.write_bytes(before[:5000])
    with pytest.raises(StoreError, match="damaged"):
        missing_in(path, {known[0]})


@pytest.mark.parametrize("kept", [200, 5000, 20000])
def test_a_damaged_cache_is_refused_with_what_to_do(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "cache.sqlite"
    passages = [Passage(f"글 {number}", (Span(0, 3),)) for number in range(300)]
    found = encoded(*passages)
    with open_cache(path) as cache:
        cache.put(found)
    path.write_bytes(path.read_bytes()[:kept])
    with (
        pytest.raises(StoreError, match=r"cache\.sqlite: damaged \(.*\); delete it") as caught,
        open_cache(path) as cache,
    ):
        list(cache.vectors(cache.places(keys(found))))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_cache_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    path.write_bytes(b"somebody's notes" * 100)
    with pytest.raises(StoreError, match="damaged"), open_cache(path):
        pass
    assert path.read_bytes() == b"somebody's notes" * 100


@given(st.integers(0, 5), st.integers(0, 2**32 - 1), st.sampled_from([1e-12, 1e-3, 1.0, 1e4]))
def test_codes_keep_the_direction_of_a_vector(rows: int, seed: int, size: float) -> None:
    vectors = (np.random.default_rng(seed).normal(size=(rows, 32)) * size).astype(np.float32)
    codes = quantize(vectors)
    assert codes.shape == vectors.shape
    assert codes.dtype == np.int8
    if size > 1e-9:
        cosines = (codes * vectors).sum(axis=1) / np.linalg.norm(codes.astype(float), axis=1)
        assert (cosines / np.maximum(np.linalg.norm(vectors, axis=1), 1e-30) > 0.999).all()


def test_a_zero_vector_has_zero_codes() -> None:
    assert not quantize(np.zeros((2, 4), np.float32)).any()
