"""Builds the site with Sphinx, from pages that are made in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dynapspec import __version__
from dynapspec.diagnostics import fail
from dynapspec.site.target import replace

STATIC = Path(__file__).with_name("static")
OPTIONS: dict[str, Any] = {
    "project": "dynapspec",
    "version": __version__,
    "html_title": "dynapspec",
    "html_theme": "furo",
    "html_static_path": [str(STATIC)],
    "html_css_files": ["site.css"],
    "html_theme_options": {"navigation_with_keys": True},
    "html_math_renderer": "mathml",
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_show_copyright": False,
    "html_use_index": False,
    "html_permalinks_icon": "#",
    "language": "en",
    "extensions": ["myst_parser", "dynapspec.site.maths"],
    "smartquotes": False,  # a quotation mark of a spec is shown as it is
    "myst_heading_anchors": 4,
    # of a page that GitHub shows too, nothing may become markup here that is none there
    "myst_disable_syntax": [
        "myst_role",
        "myst_target",
        "myst_line_comment",
        "myst_block_break",
        "colon_fence",
    ],
    "source_suffix": {".md": "markdown"},
    "root_doc": "index",
}


@dataclass(frozen=True, slots=True)
class Built:
    """How a build went: the number of files, and what Sphinx had to say."""

    files: int
    warnings: tuple[str, ...]


def build(sources: Mapping[str, str], target: Path) -> Built:
    """Builds the site from its sources by path: pages in Markdown, and drawings that are copied.

    Raises:
        InputError: Sphinx or its parts are not installed, or the folder cannot be written.
    """
    make = _sphinx()
    with TemporaryDirectory(prefix="dynapspec-site-") as folder:
        work = Path(folder)
        for path, text in sources.items():
            place = work / ("source" if path.endswith(".md") else "site") / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        warnings = StringIO()
        make(work, warnings)
        (work / "site" / ".buildinfo").unlink(missing_ok=True)
        files = replace(target, work / "site")
    told = warnings.getvalue().replace(f"{work / 'source'}/", "")
    return Built(files, tuple(line for line in told.splitlines() if line.strip()))


def need_extra() -> None:
    """Raises InputError when a package of the extra is missing, before any work is done."""
    _sphinx()


def _sphinx() -> Callable[[Path, StringIO], None]:
    """What builds the pages of a folder.

    Raises:
        InputError: a package of the extra is missing.
    """
    try:
        import furo  # noqa: F401
        import myst_parser  # noqa: F401
        from sphinx.application import Sphinx
        from sphinx.util.docutils import docutils_namespace, patch_docutils
    except ImportError as error:
        message = f"the site needs the package {error.name}"
        raise fail("missing-extra", message, hint="pip install 'dynapspec[docs]'") from None

    def make(work: Path, warnings: StringIO) -> None:
        with patch_docutils(), docutils_namespace():  # nothing is left behind for the next build
            app = Sphinx(
                srcdir=work / "source",
                confdir=None,
                outdir=work / "site",
                doctreedir=work / "trees",
                buildername="html",
                confoverrides=dict(OPTIONS),
                status=None,
                warning=warnings,
                freshenv=True,
            )
            app.build()

    return make
