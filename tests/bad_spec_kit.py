"""Reads the corpus of bad specs: each file states its edits and the findings that they must give.

The comment at the head of a file, one directive a line:

    # base: chips/speck2f.yaml                    the shipped file that the next lines edit
    # replace: extends: speck2 -> extends: spek2  the first place where the old text stands
    # today: 2026-01-15                           the day on which waivers are judged
    # against: shipped                            sound but for versions that were not raised
    # place: chips/mine.yaml                      where the rest of the file goes, after a line `# spec:`;
                                                  a line `# file: mixins/other.yaml` in it begins another file
    # expect: CODE at FILE:LINE:COLUMN-END | message | hint: what would mend it

A side of a replacement in double quotes is read as JSON, for line ends and characters that cannot be
seen. The findings are all that the specs give, in order. `DYNAPSPEC_ACCEPT=1 pytest
tests/test_bad_specs.py` writes down what is found; read it before you commit it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.diff import unraised
from dynapspec.model import load_model
from dynapspec.prove import available
from dynapspec.prove.check import prove

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
    against: bool = False
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
            case "against":
                case.against = value == "shipped"
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
    for kind in ("layers", "chips", "mixins"):
        if (SPECS / kind).is_dir():
            shutil.copytree(SPECS / kind, root / kind)
    for file, old, new in case.edits:
        text = (root / file).read_bytes().decode()
        assert old in text, f"{case.id}: {old!r} is not in {file}"
        (root / file).write_bytes(text.replace(old, new, 1).encode())
    for place, body in files_of(case):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_bytes(body.encode())
    return root


def files_of(case: Case) -> Iterator[tuple[str, str]]:
    """The files that a case adds."""
    if case.place:
        first, *others = re.split(r"^# file: (.*)\n", case.body, flags=re.MULTILINE)
        yield case.place, first
        yield from zip(others[::2], others[1::2], strict=True)


def found(root: Path, day: date = DAY, against: bool = False) -> list[str]:
    """Every finding about a folder of specs, in the form of an expectation.

    ``against`` asks what its versions owe to the shipped specs, in the place of proofs.
    """
    try:
        model = load_model(root, day)
    except InputError as error:
        return [shown(finding) for finding in error.diagnostics]
    findings = unraised(load_model(SPECS, day), model, day=day) if against else prove(model).findings
    return [shown(finding) for finding in InputError(findings).diagnostics]


def only_a_proof_tells(told: list[str]) -> bool:
    """Whether specs look sound because nothing can be proven here."""
    return not told and not available()


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
