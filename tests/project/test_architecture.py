"""What may import what: one ordered list of packages; imports for types alone count."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Literal

import pytest

from tests.support.paths import REPOSITORY

ROOMS = ("index", "search", "scripts")
LAYERS = (
    ("index.paper", "index.ids", "index.errors", "index.arrays", "index.durable", "index.versions"),
    ("index.sources", "index.words", "index.encoding"),
    ("index.store",),
    ("index.cache", "index.milvus"),
    ("index.publishing", "index.map"),
    ("index.pipeline",),
    ("search.answers", "search.settings", "search.stages", "search.text"),
    ("search.query", "search.export", "search.client"),
    ("search.ranking",),
    ("search.engine",),
    ("search.browse", "search.evaluation", "search.service"),
    ("search.api",),
    ("search.cli",),
    ("scripts.bench", "scripts.training"),
    ("scripts.reliability",),
    ("scripts.benchmark", "scripts.reindex", "scripts.train"),
)
"""What lies in one layer does not import another package of it, and nothing imports from a later layer."""
NOUNS = LAYERS[0] + LAYERS[6]
"""These alone may import each other within their layer."""
BUILDING = {"index.sources", "index.cache", "index.milvus", "index.map", "index.pipeline"}
"""What `search` leaves to the commands that write a store, `index.sources.values` aside."""
STORE_COMMANDS = "search/cli/store_commands.py"
HEAVY = (
    "faiss",
    "pymilvus",
    "torch",
    "sentence_transformers",
    "transformers",
    "tokenizers",
    "huggingface_hub",
    "kiwipiepy",
    "onnxruntime",
    "openTSNE",
    "ray",
    "pyarrow",
    "prometheus_client",
    "mcp",
    "shtab",
)
PICKLES = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
UNSAFE_OPTIONS = {"allow_pickle", "trust_remote_code"}

When = Literal["start", "call", "never"]


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, and when it is loaded: never, where only a type checker reads the line."""

    module: str
    line: int
    when: When


@cache
def sources(rooms: tuple[str, ...] = ("index", "search")) -> dict[str, ast.Module]:
    """Return the syntax tree of every source file, by its path in the repository."""
    files = sorted(file for room in rooms for file in (REPOSITORY / room).rglob("*.py"))
    return {file.relative_to(REPOSITORY).as_posix(): ast.parse(file.read_text(), str(file)) for file in files}


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def package_of(module: str) -> str:
    """Return what a module counts as in LAYERS: its package, or itself at the root of a room."""
    return ".".join(module.split(".")[:2])


def layer_of(package: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if package in layer)


def imports(tree: ast.Module, path: str) -> Iterator[Import]:
    """Yield what a file imports anywhere; `from a import b` yields both `a` and `a.b`."""
    package = path.split("/")[:-1]

    def visit(node: ast.AST, when: When) -> Iterator[Import]:
        for module in imported(node, package):
            yield Import(module, getattr(node, "lineno", 0), when)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, when_inside(node, child, when))

    yield from visit(tree, "start")


def when_inside(node: ast.AST, child: ast.AST, when: When) -> When:
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body) if child in body:
            return "never"
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() if when == "start":
            return "call"
    return when


def imported(node: ast.AST, package: list[str]) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            start = package[: len(package) - level + 1] if level else []
            origin = ".".join([*start, module] if module else start)
            return [origin, *(f"{origin}.{alias.name}" for alias in names)]
        case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__")):
            return [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    return []


def project_imports(tree: ast.Module, path: str, modules: set[str]) -> list[Import]:
    """Return the modules of the project that a file imports, packages themselves aside."""
    return [found for found in imports(tree, path) if found.module in modules and found.module.count(".")]


def unsafe(tree: ast.Module) -> Iterator[str]:
    """Yield each place where a file could run code out of data."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="eval" | "exec" as name)):
                yield f"line {node.lineno}: {name}()"
            case ast.keyword(arg=str(option), value=value) if option in UNSAFE_OPTIONS and not is_false(value):
                yield f"line {value.lineno}: {option}"
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in UNSAFE_OPTIONS and not is_false(value):
                        yield f"line {value.lineno}: {key.value}"
            case ast.Import() | ast.ImportFrom():
                for module in imported(node, []):
                    if module.split(".")[0] in PICKLES:
                        yield f"line {node.lineno}: {module}"


def is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def files_that_import(library: str) -> set[str]:
    return {
        path
        for path, tree in sources().items()
        if any(found.module.split(".")[0] == library for found in imports(tree, path))
    }


SOURCES = sorted(sources())
EVERYTHING = sources(ROOMS)
MODULES = {module_name(path) for path in EVERYTHING}


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("import index.build", {"index.build"}),
        ("import index.build as b, os", {"index.build", "os"}),
        ("from index import build", {"index", "index.build"}),
        ("from .build import build", {"index.build", "index.build.build"}),
        ("from . import build", {"index", "index.build"}),
        ("import importlib\nimportlib.import_module('index.build')", {"importlib", "index.build"}),
        ("__import__('torch')", {"torch"}),
        ("def load():\n    import torch.nn", {"torch.nn"}),
    ],
)
def test_every_form_of_import_is_seen(code: str, modules: set[str]) -> None:
    assert {found.module for found in imports(ast.parse(code), "index/some.py")} == modules


def test_an_import_in_a_function_waits_for_a_call_and_one_for_types_never_runs() -> None:
    code = (
        "import a\nif a:\n    import b\nclass C:\n    import c\n    def f(self):\n        import d\n"
        "if TYPE_CHECKING:\n    import e\nelse:\n    import f\n"
    )
    assert {i.module: i.when for i in imports(ast.parse(code), "x.py")} == {
        "a": "start",
        "b": "start",
        "c": "start",
        "d": "call",
        "e": "never",
        "f": "start",
    }


@pytest.mark.parametrize(
    "code",
    [
        "eval(text)",
        "exec(text)",
        "import pickle",
        "from joblib import load",
        "np.load(file, allow_pickle=True)",
        "np.load(file, allow_pickle=choice)",
        "Model(name, trust_remote_code=True)",
        "Model(name, **{'trust_remote_code': True})",
    ],
)
def test_every_form_of_running_data_is_seen(code: str) -> None:
    assert list(unsafe(ast.parse(code)))


@pytest.mark.parametrize("code", ["ast.literal_eval(text)", "model.eval()", "np.load(file, allow_pickle=False)"])
def test_harmless_calls_are_let_through(code: str) -> None:
    assert not list(unsafe(ast.parse(code)))


def test_every_package_has_its_place_in_the_list() -> None:
    packages = {package_of(module) for module in MODULES if module.count(".")}
    assert packages == {package for layer in LAYERS for package in layer}


@pytest.mark.parametrize("path", sorted(EVERYTHING))
def test_a_file_imports_only_from_packages_before_its_own(path: str) -> None:
    own = package_of(module_name(path))
    for found in project_imports(EVERYTHING[path], path, MODULES):
        other = package_of(found.module)
        together = own == other or (own in NOUNS and layer_of(own) == layer_of(other))
        assert together or layer_of(other) < layer_of(own), f"{path}:{found.line} imports {found.module}"


@pytest.mark.parametrize("path", [path for path in SOURCES if path.startswith("search/") and path != STORE_COMMANDS])
def test_search_leaves_what_builds_a_store_to_the_commands_that_do(path: str) -> None:
    found = project_imports(sources()[path], path, MODULES - {"index.sources.values"})
    assert not [i for i in found if package_of(i.module) in BUILDING]
    assert not [i for i in found if i.module == module_name(STORE_COMMANDS) and i.when == "start"]


def test_no_import_goes_round_in_a_circle_not_even_inside_functions_or_for_types() -> None:
    graph = {
        module_name(path): {found.module for found in project_imports(tree, path, MODULES)}
        for path, tree in EVERYTHING.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(f"imports go round: {' -> '.join(circle.args[1])}", pytrace=False)


@pytest.mark.parametrize("package", [one.parent for one in sorted(REPOSITORY.glob("*/*/__init__.py"))], ids=str)
def test_a_package_says_first_what_it_is_for_and_contributing_has_a_row_for_it(package: Path) -> None:
    name = package.relative_to(REPOSITORY).as_posix()
    assert re.match(r'"""[A-Z][^\n]+\.', (package / "__init__.py").read_text())
    assert f"| `{name}/` |" in (REPOSITORY / "CONTRIBUTING.md").read_text()


@pytest.mark.parametrize("library", HEAVY)
def test_a_heavy_library_is_imported_in_one_file_only(library: str) -> None:
    files = files_that_import(library)
    assert len(files) == 1, f"{library} is imported in {sorted(files)}"


def test_fastapi_stays_in_the_room_of_http() -> None:
    assert {path.rsplit("/", 1)[0] for path in files_that_import("fastapi")} == {"search/api"}


def test_the_service_apart_from_http_knows_nothing_of_http() -> None:
    for path, tree in sources().items():
        if path.startswith(("search/service/", "search/cli/")) or path == "search/api/mcp_server.py":
            assert not [found for found in imports(tree, path) if found.module == "http.HTTPStatus"], path


def test_a_search_from_a_shell_loads_nothing_that_only_indexing_or_other_models_need(example_store: Path) -> None:
    code = (
        "import json, sys; from search.cli.main import main;"
        "main(['search', '--json', '--store', sys.argv[1], '검색 증강 생성']);"
        "print(json.dumps(sorted(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(example_store)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "onnxruntime" in loaded
    assert not loaded & {
        "torch",
        "transformers",
        "tokenizers",
        "huggingface_hub",
        "kiwipiepy",
        "scipy",
        "sklearn",
        "fastapi",
        "pymilvus",
        "milvus_lite",
    }


@pytest.mark.parametrize("module", ["search.cli.main", "search.api.app"])
def test_start_up_loads_no_heavy_library(module: str) -> None:
    code = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert not set(json.loads(done.stdout)) & (set(HEAVY) - {"prometheus_client"})


@pytest.mark.parametrize("path", SOURCES)
def test_a_file_stays_under_300_lines(path: str) -> None:
    assert len((REPOSITORY / path).read_text().splitlines()) < 300


@pytest.mark.parametrize("path", SOURCES)
def test_no_file_can_run_code_out_of_data(path: str) -> None:
    assert not list(unsafe(sources()[path]))
