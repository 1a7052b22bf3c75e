"""Which sentences hold an answer, and which paragraph: KorQuAD 1.0 (https://korquad.github.io).

Each paragraph becomes a paper of one section, and each question is asked of its own paragraph. `accuracy` is the
share of questions whose best sentence holds the start of the answer; `mrr@10` is that of finding the paragraph among
all by a search, `dense_mrr@10` by section vectors alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from index.encoding.encoder import Encoder
from index.errors import SourceError
from index.pipeline.build import Rules, build
from index.publishing.opening import open_generation
from search.cli.progress import ProgressPrinter
from search.engine import Engine
from search.evaluation.labelled import Outcome, best_sentence, ranking_metrics
from search.evaluation.selfcheck import SectionRanking


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the number of its paragraph, and where in the paragraph the answer starts, in code points."""

    text: str
    paragraph: int
    answer: int


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Paragraphs and the questions that they answer."""

    name: str
    paragraphs: tuple[str, ...]
    questions: tuple[Question, ...]

    def sample(self, size: int | None) -> QuestionSet:
        """Return the set with a fixed sample of its questions, and all its paragraphs."""
        if size is None or size >= len(self.questions):
            return self
        places = np.sort(np.random.default_rng(0).choice(len(self.questions), size, replace=False))
        return QuestionSet(self.name, self.paragraphs, tuple(self.questions[int(place)] for place in places))


def read_korquad(path: Path) -> QuestionSet:
    """Read a file of KorQuAD 1.0, or of SQuAD 1.1, which has the same form; SourceError where it is another."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        paragraphs = [paragraph for article in data for paragraph in article["paragraphs"]]
        texts = tuple(str(paragraph["context"]) for paragraph in paragraphs)
        questions = tuple(
            Question(str(asked["question"]), number, int(asked["answers"][0]["answer_start"]))
            for number, paragraph in enumerate(paragraphs)
            for asked in paragraph["qas"]
        )
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error})") from error
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise SourceError(f"{path}: not a file of KorQuAD 1.0 ({type(error).__name__}: {error})") from error
    if not questions:
        raise SourceError(f"{path}: holds no question")
    return QuestionSet(path.name, texts, questions)


def paper_id(paragraph: int) -> str:
    """Return the id of a paragraph's paper."""
    return f"korquad-{paragraph}"


def build_paragraphs(paragraphs: Sequence[str], store: Path, encoder: Encoder) -> None:
    """Build a store of paragraphs, one paper each, reusing the vectors that the folder holds."""
    progress = ProgressPrinter(sys.stderr)
    with TemporaryDirectory() as folder:
        source = Path(folder) / "paragraphs.jsonl"
        rows = ({"id": paper_id(i), "sections": {"Paragraph": text}} for i, text in enumerate(paragraphs))
        source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        build([source], store, encoder, progress, Rules(allow_empty=True))
    progress.close()


def measure(asked: QuestionSet, store: Path, encoder: Encoder) -> Outcome:
    """Ask every question of its paragraph, and of all of them."""
    generation = open_generation(store)
    engine, ranking, ids = Engine(generation, encoder), SectionRanking(generation), generation.ids()
    held = [float(_holds_answer(engine, question, asked.paragraphs)) for question in asked.questions]
    answers = (engine.search(question.text, 10).results for question in asked.questions)
    searched = [[result.paper.id for result in results] for results in answers]
    nearest = (ranking.rows(encoder.encode_query(question.text).vector) for question in asked.questions)
    dense = [[str(ids[row]) for row in rows] for rows in nearest]
    wanted = [[paper_id(question.paragraph)] for question in asked.questions]
    generation.close()
    found, alone = (ranking_metrics(ranked, wanted)["mrr@10"] for ranked in (searched, dense))
    return Outcome(asked.name, "korquad", {"accuracy": np.array(held), "mrr@10": found, "dense_mrr@10": alone})


def _holds_answer(engine: Engine, question: Question, paragraphs: Sequence[str]) -> bool:
    match, start, end = best_sentence(engine.matches(question.text, paper_id(question.paragraph)))
    if match.text != paragraphs[question.paragraph]:
        raise SourceError(f"paragraph {question.paragraph} was cleaned when it was read, so answers cannot be located")
    return start <= question.answer < end
