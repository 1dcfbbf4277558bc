"""The guide to search spaces; its tables are made from the classes that read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dynapspec.emit.docs import vocabulary
from dynapspec.emit.docs.markup import Markup, code, fenced, join, table
from dynapspec.emit.docs.page import page
from dynapspec.model import Model

if TYPE_CHECKING:
    from dynapspec.network.keys import Field

EXAMPLE = """\
# yaml-language-server: $schema=generated/schemas/space.json
name: small
choose:
  size: [16, 32, 64]
  width: 4..32
  k: [3, 5]
  depth: 0..4
where: [k < size]
input_shape: [2, size, size]
layers:
  - conv: {out_channels: width, kernel_size: k, padding: k // 2}
    pool: 2
  - conv: {out_channels: width * pow2(index), kernel_size: 3, padding: 1}
    repeat: depth
    pool: 2
  - linear: {out_features: 10}
"""


def explore_page(model: Model) -> str:
    """The page as Markdown."""
    # imported here: these packages are needed for nothing else that is generated
    from dynapspec.explore.read import FITS, FUNCTIONS, LAYERS, MAX_LAYERS, NUMBER, STOPPED
    from dynapspec.explore.space import Space
    from dynapspec.network.keys import Keys

    spec = next(iter(model.layers.values())).spec
    keys = Keys(spec)
    words = [f"`{name}_words`" for name in spec.memory]
    return page(
        "explore.md.j2",
        example=fenced("yaml", EXAMPLE),
        parts=list(vocabulary.parts(Space, skip={"Fact": None})),
        conv=_keys(keys.conv),
        linear=_keys(keys.linear),
        neurons=_keys(keys.neurons),
        functions=join(map(code, FUNCTIONS)),
        most=MAX_LAYERS,
        number=code(NUMBER),
        layers=code(LAYERS),
        words=Markup(", ".join(words)),
        fits=code(f"{FITS}<chip>"),
        stopped=code(f"{STOPPED}<chip>"),
    )


def _keys(fields: dict[str, Field]) -> Markup:
    return table(["key", "required", "meaning"], list(_rows(fields)))


def _rows(fields: dict[str, Field]) -> Iterator[list[str]]:
    for name, field in fields.items():
        if field.is_pair or () in field.dims:
            docs = ", ".join(dim.doc for dim in field.dims.values())
            yield [code(name), "yes" if field.required else "", docs]
