"""The output folder: what is in it, what would change, and how it is replaced as a whole."""

from __future__ import annotations

import difflib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dynapspec.diagnostics import fail
from dynapspec.emit.pipeline import MANIFEST, SOURCE_MAP, digest


@dataclass(frozen=True, slots=True)
class Change:
    """One file that differs from what the specs say; ``kind`` is added, removed or changed."""

    path: str
    kind: str
    diff: str


def changes(out: Path, texts: Mapping[str, str]) -> list[Change]:
    """What generating would change in the output folder, by path."""
    old = {path: text for path, text in _existing(out) if path in texts or path in recorded(out)}
    found = []
    for path in sorted(old.keys() | texts.keys()):
        before, after = old.get(path), texts.get(path)
        if before != after:
            kind = "added" if before is None else "removed" if after is None else "changed"
            found.append(Change(path, kind, _diff(path, before or "", after or "")))
    return found


def _diff(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(),
        after.splitlines(),
        f"{path} (on disk)",
        f"{path} (from the specs)",
        lineterm="",
        n=1,
    )
    return "\n".join(lines)


def _existing(out: Path) -> Iterator[tuple[str, str]]:
    """The files of the output folder, compiled Python aside."""
    for path in sorted(out.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            try:
                yield path.relative_to(out).as_posix(), path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue


def recorded(out: Path) -> dict[str, str]:
    """Hashes of the files that the last run made, by path; empty when nothing was generated yet."""
    try:
        data = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        files = data["files"]
        return {str(path): str(value) for path, value in files.items()} if isinstance(files, dict) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def edited_by_hand(out: Path) -> list[str]:
    """Files that are not as the last run left them; missing files do not count."""
    hashes = recorded(out)
    return [path for path, text in _existing(out) if path in hashes and digest(text) != hashes[path]]


def up_to_date(out: Path, inputs: Mapping[str, object], source_map: str) -> bool:
    """Whether the last run had the same inputs and every file is as it left it."""
    try:
        data = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if data.get("inputs") != inputs:
        return False
    present = dict(_existing(out))
    if present.get(SOURCE_MAP) != source_map:
        return False
    return all(
        path == MANIFEST or digest(present.get(path, "")) == value for path, value in recorded(out).items()
    )


def replace(out: Path, texts: Mapping[str, str]) -> None:
    """Puts the files in the place of those of the last run, all at once or not at all.

    Files that no run made stay. Unchanged files keep their times.

    Raises:
        InputError: the folder cannot be written; it is then as it was.
    """
    ours = recorded(out).keys() | {MANIFEST, SOURCE_MAP}
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise fail("output-folder", f"cannot write to {out}: {error.strerror}") from None
    try:
        if out.exists():
            _keep(out, stage, texts, ours)
        for path, text in texts.items():
            _write(stage / path, text)
        _swap(out, stage)
    except OSError as error:
        raise fail("output-folder", f"cannot write {error.filename or out}: {error.strerror}") from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _keep(out: Path, stage: Path, texts: Mapping[str, str], ours: set[str]) -> None:
    """Copies what stays: files of other origin, and files that would not change."""
    for path in out.rglob("*"):
        name = path.relative_to(out).as_posix()
        foreign = name not in ours and name not in texts and "__pycache__" not in path.parts
        if path.is_file() and (foreign or _same(path, texts.get(name))):
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, stage / name)


def _same(path: Path, text: str | None) -> bool:
    return text is not None and path.read_bytes() == text.encode()


def _write(target: Path, text: str) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())


def _swap(out: Path, stage: Path) -> None:
    """Exchanges the folders by two renames; the old one comes back if the second fails."""
    os.chmod(stage, 0o755)
    if not out.exists():
        stage.rename(out)
        return
    aside = out.parent / f"{stage.name}-old"
    out.rename(aside)
    try:
        stage.rename(out)
    except OSError:
        aside.rename(out)
        raise
    shutil.rmtree(aside, ignore_errors=True)
