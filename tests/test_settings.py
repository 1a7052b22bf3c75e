from __future__ import annotations

import ast
from pathlib import Path

import pytest

from search.settings import DEFAULT_STORE, Settings

REPOSITORY = Path(__file__).resolve().parent.parent


def test_the_store_is_the_folder_that_the_environment_names() -> None:
    assert Settings.from_environment({"NONMUN_STORE": "/srv/논문 store"}).store == Path("/srv/논문 store")


@pytest.mark.parametrize("environment", [{}, {"NONMUN_STORE": ""}, {"NONMUN_STORE": "  "}])
def test_the_store_has_a_default_where_the_environment_names_none(environment: dict[str, str]) -> None:
    assert Settings.from_environment(environment).store == DEFAULT_STORE


def test_a_tilde_is_the_home_folder() -> None:
    assert Settings.from_environment({"NONMUN_STORE": "~/papers"}).store == Path.home() / "papers"


def test_the_environment_is_that_of_the_process_unless_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NONMUN_STORE", "elsewhere")
    assert Settings.from_environment().store == Path("elsewhere")


def test_no_other_module_of_search_reads_a_variable_of_nonmun() -> None:
    readers = {
        file.name
        for file in (REPOSITORY / "search").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("NONMUN_")
    }
    assert readers == {"settings.py"}
