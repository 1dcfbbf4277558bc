"""The sources of the site: the pages that ``generate`` writes, the spec files, and a list of all pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dynapspec.emit.docs.coverage import gaps
from dynapspec.emit.docs.emitter import emit
from dynapspec.emit.pipeline import outputs
from dynapspec.emit.sourcemap import source_map
from dynapspec.model import Model
from dynapspec.site.links import Linker, Shown, places
from dynapspec.site.source import FOLDER, SpecFile, spec_files
from dynapspec.site.spec_page import inherited, spec_page

DOCS = "docs/"
GROUPS = {  # the list of pages: a title, and the folder whose pages stand below it
    "Chips": "chips/",
    "Layers": "layers/",
    "Reading on": "",
    "Spec files": f"{FOLDER}/",
}
NAMED = ("layers/", "chips/")


@dataclass(frozen=True, slots=True)
class Sources:
    """Every source file of a site by path, and a line for each definition that no page shows."""

    texts: Mapping[str, str]
    gaps: Sequence[str]


def sources(model: Model, more: Mapping[str, str]) -> Sources:
    """The sources of the site; ``more`` are pages that only the site has."""
    outputs_of_docs = outputs(model, [emit])
    emitted = {o.path.removeprefix(DOCS): o.text for o in outputs_of_docs}
    pages = {path: text for path, text in emitted.items() if path.endswith(".md")} | dict(more)
    files, lines = spec_files(model.root), places(source_map(model))
    linker = Linker(pages, files, lines)
    made = {path: linker.rewritten(path) for path in pages}
    made |= {f"{file.page}.md": page for file, page in _spec_pages(linker, files, lines)}
    made["index.md"] += _contents(made)
    made |= {path: text for path, text in emitted.items() if path not in pages}
    return Sources(made, gaps(model, {o.path: o.text for o in outputs_of_docs}))


def _spec_pages(
    linker: Linker, files: Mapping[str, SpecFile], lines: Mapping[str, tuple[str, int]]
) -> Iterable[tuple[SpecFile, str]]:
    shown: dict[tuple[str, int], dict[Shown, None]] = {where: dict(p) for where, p in linker.shown.items()}
    for where, place in inherited(linker.shown, lines, linker.pages):
        shown.setdefault(where, {})[place] = None
    for path, file in files.items():
        yield file, spec_page(file, {line: found for (at, line), found in shown.items() if at == path})


def _contents(pages: Mapping[str, str]) -> str:
    """The hidden lists of pages that the site makes its sidebar of."""
    left = sorted(set(pages) - {"index.md"})
    parts = []
    for title, folder in GROUPS.items():
        mine = [path for path in left if path.startswith(folder) and (folder or "/" not in path)]
        if mine:
            listed = "\n".join(_listed(path, folder) for path in mine)
            parts.append(f"```{{toctree}}\n:hidden:\n:caption: {title}\n\n{listed}\n```")
    return "\n" + "\n\n".join(parts) + "\n"


def _listed(path: str, folder: str) -> str:
    """A page in a list: those of specs by the name of their spec, all others by their title."""
    page = path.removesuffix(".md")
    return f"{page.removeprefix(folder)} <{page}>" if folder in NAMED else page
