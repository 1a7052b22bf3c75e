"""Phrases that titles share."""

from __future__ import annotations

from index.map.phrases import LEAST_HOLDERS, phrases_of


def test_a_phrase_is_what_enough_titles_share_in_its_usual_spelling() -> None:
    titles = [f"Paper {n}: Gaussian Splatting for Rooms" for n in range(LEAST_HOLDERS)]
    titles += ["gaussian splatting: a survey", "Diffusion Models", "Diffusion Model"]
    found = {phrase: rows.tolist() for phrase, rows in phrases_of(titles)}
    assert found == {"Gaussian Splatting": list(range(LEAST_HOLDERS + 1))}


def test_no_phrase_holds_a_function_word_a_short_acronym_or_a_mark() -> None:
    titles = ["Models for Video", "OS Agents", "Vision, Language", "Learning to Walk"] * LEAST_HOLDERS
    assert phrases_of(titles) == []


def test_what_nearly_always_stands_in_a_longer_phrase_is_left_out() -> None:
    titles = ["Large Language Models"] * 9 + ["Video Language Models"] * 5
    assert [phrase for phrase, _ in phrases_of(titles)] == ["Language Models", "Video Language Models"]
    assert [phrase for phrase, _ in phrases_of(["Chain of Mixed Expert Routing"] * 6)] == ["Mixed Expert Routing"]
