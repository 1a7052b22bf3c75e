"""The wheel, installed with nothing but what it needs into an environment that was empty."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.support.checkout import build_wheel, tracked
from tests.support.paths import REPOSITORY

SECONDS = 300
SMALL = "shtab"
"""A package that the wheel needs and that is fetched in no time."""
DIGESTS = ("2016/12/02.md", "2021/06/17.md", "2023/02/09.md", "2023/05/23.md")
QUESTION = "새로운 과제를 배우면 예전 것을 잊는 문제"
ANSWER = "1612.00796"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment that holds the wheel and what it needs, and not even pip."""
    folder = tmp_path_factory.mktemp("installed")
    probe = ["download", "--no-deps", "--retries", "0", "--dest", str(folder), f"{SMALL}=={version(SMALL)}"]
    if pip(*probe).returncode:
        pytest.skip("no package registry can be reached, so nothing can be installed into an empty environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    into = ["--python", str(folder / "venv" / "bin" / "python")]
    done = pip(*into, "install", "--constraint", str(REPOSITORY / "constraints.txt"), str(wheel))
    assert done.returncode == 0, done.stderr
    done = pip(*into, "check")
    assert done.returncode == 0, done.stdout
    return folder / "venv"


def pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--no-input", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)


@pytest.fixture(scope="module")
def variables(environment: Path) -> dict[str, str]:
    """Return the variables of a user who has nothing of this checkout, and no converted model yet."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "NONMUN_STORE"}}
    return {**kept, "NONMUN_CACHE": str(environment.parent / "cache")}


@pytest.fixture(scope="module")
def archive(environment: Path) -> Path:
    folder = environment.parent / "digests"
    folder.mkdir()
    for name in DIGESTS:
        shutil.copyfile(REPOSITORY / "examples" / name, folder / name.replace("/", "-"))
    return folder


@pytest.fixture(scope="module")
def store(environment: Path, archive: Path, variables: dict[str, str]) -> Path:
    folder = environment.parent / "store"
    done = run(environment, variables, "index", archive, "--store", folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["papers"] == len(DIGESTS)
    assert done.stderr.startswith("nonmun: converting ")
    return folder


def run(environment: Path, variables: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(environment / "bin" / "nonmun"), *map(str, arguments)]
    return subprocess.run(
        command, cwd=environment.parent, env=variables, capture_output=True, text=True, timeout=SECONDS
    )


def test_the_wheel_holds_every_source_file_and_the_page(wheel: Path) -> None:
    wanted = [file.relative_to(REPOSITORY) for file in tracked()]
    names = {name.as_posix() for name in wanted if name.parts[0] in {"index", "search"}}
    assert "search/web/index.html" in names
    assert names <= set(zipfile.ZipFile(wheel).namelist())


def test_it_indexes_an_archive_and_answers_a_question(
    environment: Path, variables: dict[str, str], store: Path
) -> None:
    done = run(environment, variables, "search", "--json", "-k", 1, "--store", store, QUESTION)
    assert (done.returncode, done.stderr) == (0, "")
    body = json.loads(done.stdout)
    assert [result["paper"]["id"] for result in body["results"]] == [ANSWER]
    assert body["results"][0]["sections"][0]["highlights"]


def test_it_serves_the_page_and_the_same_answer(environment: Path, variables: dict[str, str], store: Path) -> None:
    command = [str(environment / "bin" / "nonmun"), "serve", "--port", "0", "--json", "--store", str(store)]
    with subprocess.Popen(
        command, cwd=store, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = json.loads("".join(process.stdout.readline() for _ in range(3)))["url"]
            with urlopen(f"{url}/search?{urlencode({'q': QUESTION, 'k': 1})}", timeout=SECONDS) as response:
                assert [result["paper"]["id"] for result in json.load(response)["results"]] == [ANSWER]
            with urlopen(f"{url}/", timeout=SECONDS) as response:
                assert b"<!doctype html>" in response.read(100).lower()
        finally:
            process.terminate()


@pytest.mark.parametrize("runtime", ["auto", "onnx", "torch"])
def test_another_model_says_in_one_line_what_to_install(
    environment: Path, variables: dict[str, str], archive: Path, runtime: str
) -> None:
    store = environment.parent / "other"
    model = ["--model", "some/model", "--runtime", runtime]
    done = run(environment, variables, "index", archive, "--store", store, *model)
    assert done.returncode == 4
    assert re.fullmatch(r"nonmun: some/model .*: pip install 'nonmun\[torch\]'\n", done.stderr)
    assert not store.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the README says what the packages for Linux take")
def test_it_takes_no_more_room_than_the_readme_says(environment: Path) -> None:
    sentence = re.search(r"\| `pip install` \|[^|]*?\b(\d+) MB", (REPOSITORY / "README.md").read_text("utf-8"))
    assert sentence
    (packages,) = environment.glob("lib/python*/site-packages")
    taken = sum(file.stat().st_size for file in packages.rglob("*") if file.is_file())
    assert taken / 1e6 <= int(sentence[1])
    assert not {"torch", "transformers", "onnx", "tokenizers"} & {file.name for file in packages.iterdir()}
