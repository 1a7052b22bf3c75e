"""The files of the checkout, and the wheel that is built of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY

WHEEL_PARTS = {"index", "search", "pyproject.toml", "LICENSE", "README.md"}


def tracked() -> list[Path]:
    """Return the files that a commit of everything would hold."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("needs a git checkout to tell which files are tracked")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.split("\0")
    return [file for name in names if name and (file := REPOSITORY / name).is_file()]


def build_wheel(folder: Path) -> Path:
    """Build the wheel of what is tracked into a folder, without what else lies in the checkout."""
    tree = folder / "tree"
    for file in tracked():
        name = file.relative_to(REPOSITORY)
        if name.parts[0] in WHEEL_PARTS:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, tree / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder), str(tree)], check=True, capture_output=True)
    return next(folder.glob("nonmun-*.whl"))
