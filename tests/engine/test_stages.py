from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from search.engine import Engine
from search.stages import Stages, Stopped, begin


def test_stages_are_timed_by_name_and_the_last_ends_with_the_work() -> None:
    stages = Stages()

    def work() -> str:
        begin("encode")
        time.sleep(0.02)
        begin("dense")
        begin("encode")
        time.sleep(0.02)
        return "done"

    assert stages.run(work) == "done"
    assert set(stages.seconds) == {"read", "encode", "dense"}
    assert stages.seconds["encode"] >= 0.04
    begin("highlight")
    assert "highlight" not in stages.seconds


def test_work_that_was_given_up_ends_at_its_next_stage_and_only_that_work() -> None:
    stages, other = Stages(), Stages()

    def work() -> None:
        stages.stop()
        begin("encode")

    with pytest.raises(Stopped, match="nobody waits"):
        stages.run(work)
    other.run(lambda: begin("encode"))
    assert "encode" in other.seconds


def test_threads_have_stages_of_their_own() -> None:
    def work(name: str) -> dict[str, float]:
        stages = Stages()
        stages.run(lambda: begin(name))
        return stages.seconds

    with ThreadPoolExecutor(4) as pool:
        names = [f"stage {i}" for i in range(20)]
        assert [set(found) for found in pool.map(work, names)] == [{"read", name} for name in names]


def test_a_search_goes_through_every_stage_and_so_do_similar_papers(engine: Engine) -> None:
    stages = Stages()
    stages.run(lambda: engine.search("diffusion"))
    assert set(stages.seconds) == {"read", "encode", "dense", "lexical", "fuse", "highlight"}
    stages = Stages()
    stages.run(lambda: engine.similar("2005.11401"))
    assert set(stages.seconds) == {"read", "dense", "lexical", "fuse", "highlight"}
