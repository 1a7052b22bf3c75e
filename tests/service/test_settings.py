from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from search.settings import DEFAULT_STORE, VARIABLES, Settings, SettingsError, key_digest, store_of
from tests.support.paths import REPOSITORY

KEY, OTHER_KEY = "0123456789abcdef", "fedcba9876543210"


def test_the_store_is_the_folder_that_the_environment_names() -> None:
    assert Settings.from_environment({"NONMUN_STORE": "/srv/논문 store"}).store == Path("/srv/논문 store")


@pytest.mark.parametrize("environment", [{}, {"NONMUN_STORE": ""}, {"NONMUN_STORE": "  "}])
def test_the_store_has_a_default_where_the_environment_names_none(environment: dict[str, str]) -> None:
    assert Settings.from_environment(environment).store == DEFAULT_STORE


def test_a_tilde_is_the_home_folder() -> None:
    assert Settings.from_environment({"NONMUN_STORE": "~/papers"}).store == Path.home() / "papers"


def test_the_environment_is_that_of_the_process_unless_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NONMUN_STORE", "elsewhere")
    assert Settings.from_environment().store == store_of() == Path("elsewhere")


def test_blank_variables_count_as_unset() -> None:
    assert Settings.from_environment(dict.fromkeys(VARIABLES, " ")) == Settings()


@pytest.mark.parametrize(
    ("variable", "written", "name", "read"),
    [
        ("NONMUN_CORS_ORIGINS", "https://A.org, http://b.org:8080", "origins", ("https://a.org", "http://b.org:8080")),
        ("NONMUN_CORS_ORIGINS", "*", "origins", ("*",)),
        ("NONMUN_HOSTS", "Papers.example.org,other", "hosts", ("papers.example.org", "other")),
        ("NONMUN_LOG", "INFO", "log", "info"),
        ("NONMUN_LOG_QUERIES", "Yes", "log_queries", True),
        ("NONMUN_LOG_QUERIES", "0", "log_queries", False),
        ("NONMUN_WORKERS", "3", "workers", 3),
        ("NONMUN_WAITING", "200", "waiting", 200),
        ("NONMUN_SECONDS", "2.5", "seconds", 2.5),
    ],
)
def test_a_variable_is_read(variable: str, written: str, name: str, read: Any) -> None:
    assert getattr(Settings.from_environment({variable: written}), name) == read


@pytest.mark.parametrize(
    ("variable", "written"),
    [
        ("NONMUN_CORS_ORIGINS", "example.org"),
        ("NONMUN_CORS_ORIGINS", "https://example.org/path"),
        ("NONMUN_CORS_ORIGINS", "https://*.example.org"),
        ("NONMUN_LOG", "loud"),
        ("NONMUN_LOG_QUERIES", "maybe"),
        ("NONMUN_WORKERS", "0"),
        ("NONMUN_WORKERS", "two"),
        ("NONMUN_WAITING", "100000"),
        ("NONMUN_WAITING", "9" * 5000),
        ("NONMUN_SECONDS", "0"),
        ("NONMUN_SECONDS", "nan"),
        ("NONMUN_SECONDS", "a minute"),
        ("NONMUN_API_KEYS", "short"),
        ("NONMUN_API_KEYS", "two words make a key"),
        ("NONMUN_API_KEYS", "열여섯 글자가 되는 한글 열쇠입니다"),
        ("NONMUN_API_KEYS_FILE", "/nowhere/at/all"),
    ],
)
def test_a_variable_that_cannot_be_understood_is_named_on_one_line(variable: str, written: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}\\b") as raised:
        Settings.from_environment({variable: written})
    assert "\n" not in str(raised.value)


def test_a_key_that_cannot_be_one_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment({"NONMUN_API_KEYS": "hush"})
    assert "hush" not in str(raised.value)


def test_keys_come_from_a_variable_and_from_a_file_and_only_their_digests_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# of the page\n{OTHER_KEY}\n\n {KEY}\n", encoding="utf-8")
    settings = Settings.from_environment({"NONMUN_API_KEYS": f" {KEY} ,", "NONMUN_API_KEYS_FILE": str(file)})
    assert settings.keys == (key_digest(KEY), key_digest(OTHER_KEY))
    assert KEY not in repr(settings)
    assert str(key_digest(KEY)) not in repr(settings)


def test_a_file_without_a_key_is_refused_rather_than_letting_everybody_in(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("# none yet\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="holds no key"):
        Settings.from_environment({"NONMUN_API_KEYS_FILE": str(tmp_path / "keys")})


def test_no_other_module_of_search_reads_a_variable_of_nonmun() -> None:
    readers = {
        file.name
        for file in (REPOSITORY / "search").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("NONMUN_")
    }
    assert readers == {"settings.py"}
