"""Faults put into a real store while it is reindexed, and what came of them; for scripts/benchmark.py.

Runs of scripts/reindex.py are ended by kill -9 at a random moment of their work, on sources that change from run
to run; after each, the store must answer as one of its whole generations. Then bits of a generation's files are
flipped and files cut short, one by one: each must be refused by name, and the generation before must answer.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from index.encoding.encoder import Encoder
from index.errors import StoreError
from index.pipeline.build import Rules, build
from index.publishing.history import current_name, roll_back
from index.publishing.lock import holder
from index.publishing.opening import open_generation
from index.sources.changes import changes_of
from index.sources.corpus import read_corpus
from index.store.manifest import CACHE, CURRENT, DATA_FILES, MANIFEST, current_folder, generation_folders
from search.engine import Engine

QUESTIONS = ("새로운 과제를 배우면 예전 것을 잊는 문제", "image generation by removing noise", "LoRA")
_ENDS = 600.0
_SECONDS_BETWEEN_LOOKS = 0.005
_VOTES = re.compile(r"^Vote: (\d+)$", re.MULTILINE)

Tell = Callable[[str], object]
Answers = list[object]


@dataclass(slots=True)
class Kills:
    """Runs that were killed, of these such that had published, stores that answered on, and stores that did not."""

    injected: int = 0
    published: int = 0
    survived: int = 0
    lost: int = 0
    completed: int = 0
    like_a_build_from_nothing: bool = False


@dataclass(slots=True)
class Damages:
    """Files that were damaged, refused by name, and stores that went back to answering; `files` counts each file's."""

    injected: int = 0
    refused: int = 0
    recovered: int = 0
    lost: int = 0
    files: dict[str, int] = field(default_factory=dict)


def reindexing(
    store: Path, sources: Path, folder: Path, encoder: Encoder, kills: int, damages: int, tell: Tell = print
) -> dict[str, Any]:
    """Return what came of kills and damages; the store and the folder that it is made of are copied into a folder."""
    bench = Bench(store, sources, folder, encoder, random.Random(0))
    killed = killing(bench, kills, tell)
    damaged = damaging(bench, damages, tell)
    return {"papers": len(read_corpus([bench.sources]).papers), "kills": asdict(killed), "damages": asdict(damaged)}


class Bench:
    """A copy of a store and of its sources, which change; and what each generation of it answers."""

    def __init__(self, store: Path, sources: Path, folder: Path, encoder: Encoder, chance: random.Random) -> None:
        self.folder, self.store, self.sources = folder, folder / "store", folder / "sources"
        self.encoder, self.chance = encoder, chance
        self._known: dict[str, Answers] = {}
        shutil.copytree(sources, self.sources)
        self.store.mkdir(parents=True)
        shutil.copy(store / CACHE, self.store / CACHE)
        self.run()
        self.edit()
        self.run()

    def start(self) -> subprocess.Popen[str]:
        """Start a run."""
        script = str(Path(__file__).parents[1] / "reindex.py")
        command = [sys.executable, script, str(self.sources), "--store", str(self.store), "--prune", "2"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self) -> float:
        """Let a run complete; return the seconds from its lock to its end, and note what the store answers."""
        with self.start() as process:
            began = self.wait_for_lock(process)
            said, _ = process.communicate(timeout=_ENDS)
        if process.returncode != 0:
            raise StoreError(f"a run failed with {process.returncode}: {said[-500:]}")
        seconds = time.monotonic() - began
        self.note()
        return seconds

    def wait_for_lock(self, process: subprocess.Popen[str]) -> float:
        """Wait until a run has begun its work, and return the time."""
        while process.poll() is None and holder(self.store) is None:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        return time.monotonic()

    def edit(self) -> None:
        """Change the sources: the votes of one file, the text of another, and a file that goes or comes back."""
        files = sorted(path for path in self.sources.rglob("*.md") if _VOTES.search(path.read_text("utf-8")))
        hidden = sorted(self.sources.rglob("*.md.away"))
        first, second, third = self.chance.sample(files, 3)
        first.write_text(_VOTES.sub(_one_more, first.read_text("utf-8")), "utf-8")
        second.write_text(f"{second.read_text('utf-8').rstrip()} {self.chance.random():.4f}.\n", "utf-8")
        if hidden:
            hidden[0].rename(hidden[0].with_suffix(""))
        else:
            third.rename(third.with_name(f"{third.name}.away"))

    def note(self) -> None:
        """Note what the generation in force answers, and that it holds what the sources say."""
        with closing(open_generation(self.store)) as generation:
            if changes_of(read_corpus([self.sources]), generation.texts()):
                raise StoreError(f"{generation.folder}: does not hold what the sources say")
            self._known[generation.name] = self.answers()

    def answers(self) -> Answers:
        """Return what the generation in force answers, scores included."""
        engine = Engine.open(self.store, self.encoder)
        with closing(engine.generation):
            return [engine.search(question, 20).results for question in QUESTIONS]

    def answers_rightly(self) -> bool:
        """Return whether the store answers as its generation did when it was published, or has a new whole one."""
        try:
            name = str(current_name(self.store))
            if name not in self._known:
                self.note()
            return self.answers() == self._known[name]
        except StoreError:
            return False


def _one_more(match: re.Match[str]) -> str:
    return f"Vote: {int(match[1]) + 1}"


def killing(bench: Bench, kills: int, tell: Tell) -> Kills:
    """Kill runs at random moments; every tenth time, let one complete."""
    done = Kills()
    bench.edit()
    whole = bench.run()
    while done.injected < kills:
        bench.edit()
        before = current_name(bench.store)
        with bench.start() as process:
            bench.wait_for_lock(process)
            time.sleep(bench.chance.uniform(0, whole))
            if process.poll() is not None:
                process.communicate()
                bench.note()
                continue
            process.kill()
            process.communicate()
        done.injected += 1
        done.published += current_name(bench.store) != before
        is_right = bench.answers_rightly()
        done.survived += is_right
        done.lost += not is_right
        if done.injected % 10 == 0:
            whole = bench.run()
            done.completed += 1
            tell(f"kills: {json.dumps(asdict(done))}")
    bench.run()
    done.like_a_build_from_nothing = _is_like_a_build_from_nothing(bench)
    return done


def _is_like_a_build_from_nothing(bench: Bench) -> bool:
    fresh = bench.folder / "fresh"
    fresh.mkdir()
    shutil.copy(bench.store / CACHE, fresh / CACHE)
    build([bench.sources], fresh, bench.encoder, lambda *_: None, Rules(keep=0))
    grown, found = bench.answers(), Engine.open(fresh, bench.encoder)
    with closing(found.generation):
        return [found.search(question, 20).results for question in QUESTIONS] == grown


def damaging(bench: Bench, damages: int, tell: Tell) -> Damages:
    """Damage the files of the generation in force one by one, in turn, each at a random place."""
    done = Damages()
    names: Sequence[str] = (*DATA_FILES, MANIFEST, CURRENT)
    for number in range(damages):
        name = names[number % len(names)]
        _damage_one(bench, name, done)
        if (number + 1) % 50 == 0:
            tell(f"damages: {json.dumps(asdict(done))}")
    return done


def _damage_one(bench: Bench, name: str, done: Damages) -> None:
    in_force = current_folder(bench.store)
    path = bench.store / CURRENT if name == CURRENT else in_force / name
    whole = path.read_bytes()
    path.write_bytes(damaged(whole, bench.chance))
    done.injected += 1
    done.files[name] = done.files.get(name, 0) + 1
    done.refused += _is_refused(bench.store, path)
    is_back = _goes_back(bench, None if name == CURRENT else in_force.name)
    done.recovered += is_back
    done.lost += not is_back
    path.write_bytes(whole)
    roll_back(bench.store, in_force.name)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return data with one bit flipped, or, one time in four, cut short."""
    place = chance.randrange(len(data))
    if chance.random() < 0.25:
        return data[:place]
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def _is_refused(store: Path, path: Path) -> bool:
    try:
        open_generation(store).close()
    except StoreError as error:
        return str(path) in str(error) or (path.name == CURRENT and str(store) in str(error))
    return False


def _goes_back(bench: Bench, refused: str | None) -> bool:
    try:
        found = roll_back(bench.store).manifest.name
    except StoreError:
        return False
    return found != refused and bench.answers_rightly() and len(generation_folders(bench.store)) > 1
