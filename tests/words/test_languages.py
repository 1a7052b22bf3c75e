"""Which language a text is in, and where a language lies."""

from __future__ import annotations

import numpy as np
import pytest

from index.arrays import FloatArray
from index.encoding.encoder import Encoder, Passage
from index.words.languages import LEAST, LanguageMeans, has_syllables, language_of, languages_of
from search.engine import Engine


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("검색", "ko"),
        ("BERT를 쓴다", "ko"),
        ("ㅋㅋ", "ko"),
        ("\u1100\u1161", "ko"),
        ("search", "other"),
        ("検索", "other"),
        ("", "other"),
    ],
)
def test_a_text_with_hangul_is_korean(text: str, language: str) -> None:
    assert language_of(text) == language


def test_syllables_are_told_from_letters() -> None:
    assert has_syllables("a 가")
    assert not has_syllables("ㅋㅋ search")


def language_means(vectors: FloatArray, texts: list[str], size: int = 7) -> FloatArray:
    means, languages = LanguageMeans(vectors.shape[1]), languages_of(texts)
    for start in range(0, len(vectors), size):
        means.add(vectors[start : start + size], languages[start : start + size])
    return means.means()


def test_each_language_has_its_own_mean() -> None:
    vectors = np.array([[1.0, 0.0]] * LEAST + [[0.0, 2.0]] * LEAST, np.float32)
    texts = ["검색"] * LEAST + ["search"] * LEAST
    assert language_means(vectors, texts).tolist() == [[1.0, 0.0], [0.0, 2.0]]


def test_a_language_of_few_texts_has_the_mean_of_all() -> None:
    vectors = np.array([[1.0, 0.0]] * (3 * LEAST) + [[0.0, 4.0]], np.float32)
    means = language_means(vectors, ["검색"] * (3 * LEAST) + ["search"])
    assert means[0].tolist() == [1.0, 0.0]
    assert means[1] == pytest.approx(vectors.mean(axis=0))


def test_a_title_is_nearer_to_a_query_of_another_language_from_its_mean(engine: Engine, encoder: Encoder) -> None:
    generation = engine.generation
    (_, query), *_ = list(encoder.encode_passages([Passage("학습률을 자동으로 조절하는 최적화")]))
    scores, rows = generation.index.search(query.section, generation.manifest.sections)
    wanted = generation.row_of("1412.6980")
    owners = generation.layout.section_papers[rows]
    centred = list(dict.fromkeys(owners.tolist())).index(wanted)
    raw = owners[np.argsort(-(scores + generation.layout.lifts(rows, query.section)), kind="stable")]
    assert centred < list(dict.fromkeys(raw.tolist())).index(wanted)
