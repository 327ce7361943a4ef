"""Model folders: to other folders, and to and from the Hugging Face Hub, which is reached only when asked."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from eventx.extras import extra
from eventx.model import GRAPH, SETTINGS, TOKENIZER

FOLDERS = (Path(), Path("onnx"), Path("roles"))
ENDINGS = (".json", ".md", ".onnx", ".safetensors", ".txt")
"""Where the files of a model lie and what they are; checkpoints, pickles and whatever else lies there are no
part of it and are neither copied, uploaded nor downloaded."""

REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*")


def find(model: str | Path, revision: str | None = None) -> Path:
    """Return the folder of a model, downloaded to the Hub's cache unless it is there or here.

    Args:
        model: a folder; or a string ``user/name``, a repository of the Hub, where there is no such folder.
        revision: branch, tag or commit of the repository.

    Raises:
        MissingExtraError: huggingface_hub is not installed.
        FileNotFoundError: there is neither such a folder nor such a repository.
        ValueError: revision is given for a folder.
        OSError: the Hub cannot be reached, and the model is not in the cache.
    """
    if Path(model).is_dir():
        if revision is not None:
            raise ValueError(f"{model} is a folder, which has no revision {revision!r}")
        return Path(model)
    if not isinstance(model, str) or not REPOSITORY.fullmatch(model):
        raise FileNotFoundError(f"no such folder: {model}; a model of the Hub has a name like user/name")
    with extra("hub"):
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import RepositoryNotFoundError
    try:
        folder = snapshot_download(model, revision=revision, allow_patterns=[f"*{end}" for end in ENDINGS])
    except RepositoryNotFoundError as error:
        raise FileNotFoundError(f"no such folder: {model}; and the Hub says: {error}") from error
    return Path(folder)


def save(source: Path, target: Path) -> None:
    """Copy a model to a folder, which is made if need be; nothing is deleted there.

    Args:
        source: a model folder.
        target: a folder that is empty, holds an older copy, or does not exist. What is hidden does not count.

    Raises:
        FileExistsError: target holds something else, or files of a model that this one would not replace.
    """
    files = _files(source)
    if target.exists():
        if target.samefile(source):
            return
        _check(target, files)
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=target) as scratch:  # so that a full disk spoils no older copy
        for file in files:
            part = Path(scratch) / file
            part.parent.mkdir(exist_ok=True)
            shutil.copyfile(source / file, part)
        for file in files:
            (target / file).parent.mkdir(exist_ok=True)
            (Path(scratch) / file).replace(target / file)


def upload(folder: Path, name: str, private: bool | None = None, message: str | None = None) -> str:
    """Upload a model to a repository of the Hub, which is made if need be, and return the commit's address.

    Args:
        folder: a model folder.
        name: ``user/name``, or ``name`` for the user who is logged in.
        private: whether a new repository is private; as the user's settings say if None.
        message: of the commit.

    Raises:
        MissingExtraError: huggingface_hub is not installed.
        OSError: the Hub cannot be reached, or refuses.
    """
    with extra("hub"):
        from huggingface_hub import HfApi
    api = HfApi()
    repository = api.create_repo(name, private=private, exist_ok=True).repo_id
    names = [file.as_posix() for file in _files(folder)]
    commit = api.upload_folder(
        repo_id=repository, folder_path=folder, allow_patterns=names, commit_message=message
    )
    return str(commit.commit_url)


def _files(folder: Path) -> list[Path]:
    """Return the files of a model, relative to its folder."""
    return sorted(
        file.relative_to(folder)
        for part in FOLDERS
        for file in (folder / part).glob("*")
        if file.is_file() and file.suffix in ENDINGS and not file.name.startswith(".")
    )


def _check(target: Path, files: list[Path]) -> None:
    """Raise FileExistsError unless a model with these files can be written to a folder."""
    if not target.is_dir():
        raise FileExistsError(f"{target} is no folder")
    if all(entry.name.startswith(".") for entry in target.iterdir()):
        return
    if not all((target / file).is_file() for file in (GRAPH, SETTINGS, TOKENIZER)):
        raise FileExistsError(f"{target} holds something that is no model: choose an empty folder")
    if others := [file.as_posix() for file in _files(target) if file not in files]:
        raise FileExistsError(
            f"{target} holds {', '.join(others)}, which this model has not: choose an empty folder"
        )
