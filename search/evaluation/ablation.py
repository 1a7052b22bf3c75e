"""What each part of the ranking is worth: the same queries, the same functions, other recipes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from index.encoding.encoder import Encoder
from index.store.generation import Generation
from search.engine import Engine
from search.evaluation.labelled import Comparison, QueryFile, evaluate
from search.ranking.fusion import RECIPE, Recipe


def without(*parts: str) -> Recipe:
    """Return the recipe with some of its parts counting nothing."""
    shares = {name: 0.0 if name in parts else share for name, share in RECIPE.shares.items()}
    return replace(RECIPE, shares=shares, glossary=0.0 if "glossary" in parts else RECIPE.glossary)


VARIANTS: Mapping[str, Recipe] = {
    "without sentence": without("sentence"),
    "without title": without("title"),
    "without terms": without("terms"),
    "without glossary": without("glossary"),
    "dense only": replace(without("terms", "glossary"), dense=1.0),
    "lexical only": replace(without("sentence", "title"), dense=0.0),
}
"""A part that is left out counts nothing in the score; candidates still come from vectors and terms alike, whose
fields include the title. Only `dense only` and `lexical only` choose their candidates by one of the two."""


def ablate(generation: Generation, encoder: Encoder, file: QueryFile) -> list[Comparison]:
    """Ask a file's search queries of the whole recipe and of each variant."""
    first = evaluate(Engine(generation, encoder), file)
    found = ((name, Engine(generation, encoder, recipe)) for name, recipe in VARIANTS.items())
    return [Comparison(name, first, evaluate(engine, file)) for name, engine in found]
