"""Formulas as MathML, made while the site is built: browsers show it without a script or a font.

This is an extension of Sphinx, whose own renderers load a script from the network or need LaTeX.
docutils, on which Sphinx stands, has the converter.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml

from dynapspec import __version__


def setup(app: Any) -> dict[str, Any]:
    """Registers the renderer ``mathml``."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer: Any, node: nodes.Element) -> None:
    writer.body.append(mathml(node.astext(), block=False))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.Element) -> None:
    writer.body.append(f'<div class="math-block" tabindex="0">{mathml(node.astext(), block=True)}</div>\n')
    raise nodes.SkipNode


def mathml(latex: str, *, block: bool) -> str:
    """A formula as MathML; what the converter cannot read is shown as it is written."""
    try:
        return str(tex2mathml(latex, as_block=block))
    except MathError:
        return f"<code>{escape(latex)}</code>"
