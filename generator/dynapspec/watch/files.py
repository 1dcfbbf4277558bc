"""Which generated files a save rewrites, and which conformance vectors it changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dynapspec.emit.pipeline import MANIFEST, SOURCE_MAP
from dynapspec.emit.tree import HEADER, present, recorded

VECTORS, DOCS, TESTS, PACKAGE, OTHERS = "vectors", "docs", "tests", "package", "others"
FOLDERS = {DOCS: "docs/", VECTORS: "conformance/vectors/", TESTS: "conformance/"}
GROUPS = (PACKAGE, DOCS, VECTORS, TESTS, OTHERS)
WIDE = 64  # characters that the names of files take
NAMED = 3  # files of a group, and vectors of a kind, that are named


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The files that differ from what is there, both as they are and as they are to be."""

    before: Mapping[str, str]
    after: Mapping[str, str]

    @property
    def only_source_map(self) -> bool:
        """Whether nothing differs but the lines where clauses stand."""
        return self.paths == [SOURCE_MAP]

    @property
    def paths(self) -> list[str]:
        """The files, sorted."""
        return sorted(self.before.keys() | self.after.keys())

    def lines(self) -> Iterator[str]:
        """The files by group, the first by name; those with nothing new but hashes are counted."""
        real = [path for path in self.paths if not self._only_header(path)]
        real.sort(key=lambda path: path.count("/"))  # what all chips share stands above what one has
        for group in GROUPS:
            names = [self._named(path) for path in real if group_of(path) == group]
            if names:
                yield f"{group:<8} {len(names):>3}  {_some(names)}"
        if hashes := len(self.paths) - len(real):
            yield f"{hashes} more with nothing new but the hashes in the header"

    def _named(self, path: str) -> str:
        name = path.removeprefix(FOLDERS.get(group_of(path), ""))
        if path not in self.before:
            return f"{name} (new)"
        return name if path in self.after else f"{name} (gone)"

    def _only_header(self, path: str) -> bool:
        if path not in self.before or path not in self.after:
            return False
        return _body(self.before[path]) == _body(self.after[path])

    def vectors(self) -> Iterator[str]:
        """The vectors that came, went, or expect something else."""
        before, after = self._cases(self.before), self._cases(self.after)
        told = {
            "added": [name for name in after if name not in before],
            "removed": [name for name in before if name not in after],
            "with another answer": [name for name in after if name in before and before[name] != after[name]],
        }
        for kind, names in told.items():
            if names:
                yield f"{len(names)} {kind}"
                yield from (f"  {name}" for name in names[:NAMED])
                if len(names) > NAMED:
                    yield f"  and {len(names) - NAMED} more"

    def _cases(self, texts: Mapping[str, str]) -> dict[str, tuple[object, ...]]:
        """What each vector asks and expects, by id."""
        cases: dict[str, tuple[object, ...]] = {}
        for path in self.paths:
            if group_of(path) == VECTORS and path in texts:
                for case in _listed(texts[path]):
                    cases[str(case.get("id"))] = tuple(
                        case.get(key) for key in ("verdict", "input", "expected")
                    )
        return cases


def _some(names: list[str]) -> str:
    """The first names, as many as one line holds."""
    shown = names[:1]
    for name in names[1:NAMED]:
        if len(", ".join([*shown, name])) > WIDE:
            break
        shown.append(name)
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def rewritten(out: Path, texts: Mapping[str, str]) -> Rewritten:
    """What of the output folder is not as it should be."""
    old = present(out, recorded(out).keys() | texts.keys())
    paths = [
        p for p in old.keys() | texts.keys() if old.get(p) != (texts[p].encode() if p in texts else None)
    ]
    before = {path: old[path].decode("utf-8", "backslashreplace") for path in paths if path in old}
    return Rewritten(before, {path: texts[path] for path in paths if path in texts})


def group_of(path: str) -> str:
    """The kind of a generated file, by its place."""
    if path in (MANIFEST, SOURCE_MAP) or path.startswith("schemas/"):
        return OTHERS
    return next((group for group, folder in FOLDERS.items() if path.startswith(folder)), PACKAGE)


def _body(text: str) -> list[str]:
    return [line for line in text.split("\n") if HEADER not in line]


def _listed(text: str) -> Iterable[Mapping[str, object]]:
    """The vectors of a file; none where somebody made it something else."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return []
    cases = data.get("cases") if isinstance(data, dict) else None
    return [case for case in cases if isinstance(case, dict)] if isinstance(cases, list) else []
