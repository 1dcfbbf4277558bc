"""What git knows of a folder of specs: whether it differs from a revision, and what it was then."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from dynapspec.diagnostics import Diagnostic, InputError, fail
from dynapspec.load.reader import display_name

PARTS = ("layers", "chips", "mixins")  # of a folder of specs: the rest holds no spec
# What a hook of git sets for its own folder, which need not be that of the specs.
OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE")
WRITE = "write it as HEAD~1:speck2f"


@dataclass(frozen=True, slots=True)
class Extracted:
    """A folder of specs as it was: where it lies for now, and how its files are told."""

    root: Path
    top: Path
    revision: str
    day: date

    def told(self, text: str) -> str:
        """A text in which files have the names that git knows, as in ``HEAD~1:specs/chips/x.yaml``."""
        for name in (display_name(self.top), str(self.top)):
            text = text.replace(f"{name}{os.sep}", f"{self.revision}:")
        return text

    def telling(self, error: InputError) -> InputError:
        """An error about these files under the names that they have in git."""
        return InputError(self._telling(found) for found in error.diagnostics)

    def _telling(self, found: Diagnostic) -> Diagnostic:
        span = found.span and replace(found.span, file=self.told(found.span.file))
        return replace(found, message=self.told(found.message), hint=self.told(found.hint), span=span)


def differs(root: Path, revision: str) -> bool:
    """Whether a spec that git knows differs from a revision; one call of git, some milliseconds.

    Files that git does not know yet are new, and have nothing to differ from.

    Raises:
        InputError: there is no git, no repository, or no such revision.
    """
    _refuse_option(revision)
    found = run(root, "diff", "--name-only", "--no-ext-diff", "--no-textconv", revision, "--", *PARTS)
    return any(line.endswith(b".yaml") for line in found.splitlines())


@contextmanager
def extracted(root: Path, revision: str) -> Iterator[Extracted]:
    """The folder of specs as it was in a revision, until the context ends.

    Raises:
        InputError: there is no git, no repository, no such revision, or no such folder in it.
    """
    where = root.resolve()
    top = Path(run(where, "rev-parse", "--show-toplevel").decode().strip()).resolve()
    inside = where.relative_to(top).as_posix()
    commit = resolve(top, revision)
    day = run(top, "show", "--no-patch", "--format=%cs", commit).decode().strip()
    data = run(top, "archive", "--format=tar", commit, "--", inside)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            archive.extractall(place, filter="data")
        yield Extracted(place / inside, place, revision, date.fromisoformat(day))


def resolve(where: Path, revision: str) -> str:
    """The commit that a revision names."""
    _refuse_option(revision)
    asked = ("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    return run(where, *asked, missing=revision).decode().strip()


def _refuse_option(revision: str) -> None:
    if not revision or revision.startswith("-"):
        raise fail("unknown-revision", f"{revision!r} is no revision", hint="write HEAD~1:speck2f")


def run(where: Path, *args: str, missing: str = "") -> bytes:
    """What git prints; it takes no lock, and asks for nothing.

    Args:
        where: the folder that git works in.
        args: the command and its arguments.
        missing: the revision that is not there where git fails without a word.

    Raises:
        InputError: git is not installed, or fails.
    """
    env = {name: value for name, value in os.environ.items() if name not in OF_A_HOOK}
    env |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = ["git", "-C", str(where), *args]
    try:
        done = subprocess.run(command, capture_output=True, check=False, env=env, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise fail("no-git", f"a revision needs git: {error.strerror}") from None
    if done.returncode == 0:
        return done.stdout
    if missing and not done.stderr.strip():
        remote, slash, branch = missing.partition("/")
        fetch = f"git fetch --depth=1 {remote} {branch}:refs/remotes/{missing}"
        hint = f"a shallow clone gets it by `{fetch}`" if slash else WRITE
        raise fail("unknown-revision", f"git knows no revision {missing}", hint=hint)
    lines = done.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
    raise fail("git", lines[0].removeprefix("fatal: "))
