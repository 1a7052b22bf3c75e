"""One generation on disk: what it promises, and every damage it refuses."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.encoding.encoder import Encoder, Fingerprint
from index.errors import EncoderMismatch, StoreError, UnknownPaper
from index.paper import split_sentences
from index.publishing.opening import open_generation
from index.store import generation as g
from index.store import manifest as m
from index.store.layout import KINDS, NO_VOTES
from index.words.lexical import Morpheme, morphemes_from_json, morphemes_to_json
from search.engine import Engine
from tests.support.fakes import LetterEncoder
from tests.support.stores import edit_manifest


@pytest.fixture
def store(example_store: Path, tmp_path: Path) -> Path:
    """Return a copy of the example store without its cache, to be damaged."""
    copy = tmp_path / "copy"
    shutil.copytree(example_store, copy, ignore=shutil.ignore_patterns("cache.sqlite*"))
    return copy


@pytest.fixture(scope="module")
def generation(example_store: Path) -> Iterator[g.Generation]:
    opened = open_generation(example_store)
    yield opened
    opened.close()


def refusal(store: Path) -> str:
    """Return the message with which a store is refused: one line that says what to run."""
    with pytest.raises(StoreError) as caught:
        open_generation(store)
    message = str(caught.value)
    assert "\n" not in message
    assert "nonmun index" in message
    return message


def test_a_copied_store_opens(store: Path, generation: g.Generation) -> None:
    opened = open_generation(store)
    assert opened.manifest == generation.manifest
    assert opened.name == opened.folder.name
    opened.close()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def flip(share: float) -> Callable[[Path], None]:
    def flip_one(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[int(share * (len(data) - 1))] ^= 1
        path.write_bytes(data)

    flip_one.__name__ = f"flip_at_{share}"
    return flip_one


@pytest.mark.parametrize("name", m.DATA_FILES)
def test_a_damaged_file_is_refused_by_name(store: Path, name: str) -> None:
    path = m.current_folder(store) / name
    whole = path.read_bytes()
    for damage in (cut, halve, empty, lengthen, flip(0), flip(0.3), flip(0.7), flip(1)):
        damage(path)
        message = refusal(store)
        assert message.startswith(f"{path}: damaged"), damage.__name__
        path.write_bytes(whole)
    open_generation(store).close()


@pytest.mark.parametrize("name", m.DATA_FILES)
def test_a_missing_file_is_refused_by_name(store: Path, name: str) -> None:
    path = m.current_folder(store) / name
    path.unlink()
    assert refusal(store).startswith(f"{path}: missing")


def test_nothing_else_lies_in_a_generation(example_store: Path) -> None:
    folder = m.current_folder(example_store)
    assert {path.name for path in folder.iterdir()} == {m.MANIFEST, *m.DATA_FILES}


@pytest.mark.parametrize("found", [0, m.FORMAT + 1, "1", None])
def test_another_format_is_refused(store: Path, found: object) -> None:
    edit_manifest(store, lambda values: values.update(format=found))
    assert f"store format {found}, this nonmun reads {m.FORMAT}" in refusal(store)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"{}", b'"format"', b"\xff\xfe"])
def test_a_file_that_is_no_manifest_is_refused(store: Path, content: bytes) -> None:
    path = m.current_folder(store) / m.MANIFEST
    path.write_bytes(content)
    assert refusal(store).startswith(f"{path}: not a manifest")


@pytest.mark.parametrize("key", [field.name for field in fields(m.Manifest) if field.name not in ("format", "name")])
def test_an_incomplete_manifest_is_refused(store: Path, key: str) -> None:
    edit_manifest(store, lambda values: values.pop(key))
    assert "incomplete manifest" in refusal(store)


def test_a_manifest_with_an_unknown_entry_is_refused(store: Path) -> None:
    edit_manifest(store, lambda values: values.update(surprise=1))
    assert "incomplete manifest" in refusal(store)


@pytest.mark.parametrize("key", ["papers", "sections", "sentences"])
def test_counts_that_differ_from_the_files_are_refused(store: Path, key: str) -> None:
    edit_manifest(store, lambda values: values.update({key: values[key] + 1}))
    assert "differ from the manifest's" in refusal(store)


def test_every_flipped_bit_of_a_manifest_is_refused_by_its_name(store: Path) -> None:
    path = m.current_folder(store) / m.MANIFEST
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        with pytest.raises(StoreError) as caught:
            m.Manifest.read(path.parent)
        assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("damage", [cut, halve, empty])
def test_a_shortened_manifest_is_refused(store: Path, damage: Callable[[Path], None]) -> None:
    path = m.current_folder(store) / m.MANIFEST
    damage(path)
    assert refusal(store).startswith(f"{path}: ")


def test_a_generation_under_another_name_is_refused(store: Path) -> None:
    folder = m.current_folder(store)
    other = folder.rename(folder.with_name("20240102T030405.000000-0123456789abcdef"))
    (store / m.CURRENT).write_text(other.name, "utf-8")
    assert "not the one in the folder's name" in refusal(store)


def test_a_folder_without_a_store_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path).startswith(f"{tmp_path}: no store here; make one with: nonmun index SOURCE --store")
    assert "no store here" in refusal(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["", "gone", "../generations", "/", ".", "..", "\0", "a\nb", "x" * 5000], ids=repr)
def test_a_pointer_to_no_generation_is_refused(store: Path, name: str) -> None:
    (store / m.CURRENT).write_text(name, "utf-8")
    assert refusal(store).startswith(str(store))


def test_a_pointer_that_is_no_text_is_refused(store: Path) -> None:
    (store / m.CURRENT).write_bytes(b"\xff\xfe\x00")
    assert "no store here" in refusal(store)


@pytest.mark.parametrize("name", [field.name for field in fields(Fingerprint)])
def test_an_encoder_that_differs_in_anything_is_refused(generation: g.Generation, encoder: Encoder, name: str) -> None:
    own = encoder.fingerprint
    value = getattr(own, name)
    changes: dict[str, Any] = {name: value + 1 if isinstance(value, int) else f"{value}?"}
    with pytest.raises(EncoderMismatch, match=rf"another encoder \({name}: .*rebuild with: nonmun index$") as caught:
        Engine(generation, LetterEncoder(replace(own, **changes)))
    assert "\n" not in str(caught.value)


def test_the_manifest_says_what_the_files_hold(generation: g.Generation, encoder: Encoder, examples: Path) -> None:
    manifest = generation.manifest
    papers = [generation.paper(row) for row in range(manifest.papers)]
    sections = [section for paper in papers for section in paper.sections]
    assert (manifest.papers, manifest.sections) == (66, len(sections))
    assert manifest.sentences == sum(len(split_sentences(section.text)) for section in sections)
    assert manifest.encoder == asdict(encoder.fingerprint)
    assert manifest.sources == (str(examples),)
    assert set(manifest.files) == set(m.DATA_FILES)


def test_rows_tie_sections_to_their_papers(generation: g.Generation) -> None:
    layout, row = generation.layout, 0
    for number in range(generation.manifest.papers):
        paper = generation.paper(number)
        assert generation.row_of(paper.id) == number
        assert layout.dates[number] == int((paper.date or "0").replace("-", ""))
        assert layout.votes[number] == (NO_VOTES if paper.votes is None else paper.votes)
        for section in paper.sections:
            assert layout.section_papers[row] == number
            assert KINDS[layout.section_kinds[row]] == section.kind
            assert len(generation.sentence_vectors(row)) == len(split_sentences(section.text))
            row += 1
    assert row == generation.manifest.sections


def test_stored_vectors_are_those_of_the_encoder(generation: g.Generation, encoder: Encoder) -> None:
    from index.cache.paper_facts import passages

    paper = generation.paper(3)
    first = int(generation.layout.section_offsets[3])
    encoded = dict(encoder.encode_passages(passages(paper)))
    layout = generation.layout
    title = generation.title_vectors(np.array([3]))[0] + layout.title_means[layout.title_languages[3]]
    assert float(title @ encoded[0].section) > 0.99
    sections = np.arange(first, first + len(paper.sections))
    found = generation.section_vectors(sections) + layout.section_means[layout.section_languages[sections]]
    for place, vector in enumerate(found):
        assert float(vector @ encoded[place + 1].section) > 0.99
        sentences = generation.sentence_vectors(first + place)
        assert np.linalg.norm(sentences, axis=1) == pytest.approx(np.ones(len(sentences)), abs=1e-5)
        assert float((sentences * encoded[place + 1].sentences).sum(axis=1).min()) > 0.98


def test_a_paper_is_stored_as_it_was_read(generation: g.Generation, examples: Path) -> None:
    from index.sources.corpus import read_corpus

    papers = read_corpus([examples]).papers
    assert [generation.paper(row) for row in range(len(papers))] == list(papers)


def test_an_unknown_paper_is_named(generation: g.Generation) -> None:
    with pytest.raises(UnknownPaper, match=r"no paper with the id '0000\.00000' in this store"):
        generation.row_of("0000.00000")


def test_terms_words_and_labels_are_found_or_not(generation: g.Generation) -> None:
    assert generation.posting("no-such-term") is None
    assert generation.word("없는낱말") is None
    assert generation.piece("없는낱말") is None
    assert generation.labelled("author:nobody").shape == (0,)
    assert generation.row_of("2309.06180") in generation.labelled("author:zhuohan")


def test_morphemes_survive_their_text() -> None:
    morphemes = (Morpheme("검색", 0, 2), Morpheme("", 2, 2), Morpheme('"', 2, 3))
    assert morphemes_from_json(morphemes_to_json(morphemes)) == morphemes
    assert morphemes_from_json(morphemes_to_json(())) == ()
