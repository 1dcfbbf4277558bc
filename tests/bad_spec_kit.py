"""Reads the corpus of bad specs: each file states its edits and the findings that they must give.

The comment at the head of a file, one directive a line:

    # base: chips/speck2f.yaml                    the shipped file that the next lines edit
    # replace: extends: speck2 -> extends: spek2  the first place where the old text stands
    # today: 2026-01-15                           the day on which waivers are judged
    # place: chips/mine.yaml                      where the rest of the file goes, after a line `# spec:`
    # expect: CODE at FILE:LINE:COLUMN-END | message | hint: what would mend it

A side of a replacement in double quotes is read as JSON, for line ends and characters that cannot be
seen. The findings are all that the specs give, in order. `DYNAPSPEC_ACCEPT=1 pytest
tests/test_bad_specs.py` writes down what is found; read it before you commit it.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.model import load_model

HERE = Path(__file__).resolve().parent / "bad_specs"
SPECS = Path(__file__).resolve().parents[1] / "specs"
DAY = date(2026, 1, 15)
EXPECT, SPEC = "# expect: ", "# spec:"


@dataclass
class Case:
    """One file of the corpus."""

    path: Path
    edits: list[tuple[str, str, str]] = field(default_factory=list)
    place: str = ""
    body: str = ""
    day: date = DAY
    expected: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.path.relative_to(HERE).with_suffix("").as_posix()

    @property
    def codes(self) -> set[str]:
        return {line.split(" ")[0] for line in self.expected}


def read_case(path: Path) -> Case:
    case, base = Case(path), ""
    head, mark, body = path.read_text(encoding="utf-8").partition(SPEC + "\n")
    for line in head.splitlines():
        directive, _, value = line.removeprefix("# ").partition(": ")
        match directive:
            case "base":
                base = value
            case "replace":
                old, _, new = value.partition(" -> ")
                case.edits.append((base, _side(old), _side(new)))
            case "today":
                case.day = date.fromisoformat(value)
            case "place":
                case.place = value
            case "expect":
                case.expected.append(value)
            case _:
                raise ValueError(f"{path}: {line}")
    case.body = body if mark else ""
    return case


def _side(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') and text.endswith('"') and len(text) > 1 else text


def cases() -> list[Case]:
    return [read_case(path) for path in sorted(HERE.glob("*/*.yaml"))]


def specs_of(case: Case, folder: Path) -> Path:
    """The shipped specs with the edits of a case."""
    root = folder / "specs"
    for kind in ("layers", "chips"):
        shutil.copytree(SPECS / kind, root / kind)
    for file, old, new in case.edits:
        text = (root / file).read_bytes().decode()
        assert old in text, f"{case.id}: {old!r} is not in {file}"
        (root / file).write_bytes(text.replace(old, new, 1).encode())
    if case.place:
        (root / case.place).parent.mkdir(parents=True, exist_ok=True)
        (root / case.place).write_bytes(case.body.encode())
    return root


def found(root: Path, day: date = DAY) -> list[str]:
    """Every finding about a folder of specs, in the form of an expectation."""
    try:
        load_model(root, day)
    except InputError as error:
        return [shown(finding) for finding in error.diagnostics]
    return []


def shown(finding: Diagnostic) -> str:
    span = finding.span
    file = span.file.partition("specs/")[2] if span else ""
    place = f"{file}:{span.line}:{span.column}-{span.end}" if span else "nowhere"
    return f"{finding.code} at {place} | {finding.message} | hint: {finding.hint}"


def accept(case: Case, lines: list[str]) -> None:
    """Writes what was found into the head of the file."""
    head, mark, body = case.path.read_text(encoding="utf-8").partition(SPEC + "\n")
    kept = [line for line in head.splitlines() if not line.startswith(EXPECT)]
    text = "\n".join([*kept, *(EXPECT + line for line in lines)]) + "\n"
    case.path.write_text(text + mark + body, encoding="utf-8")
