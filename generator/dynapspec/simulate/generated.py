"""The generated package that runs networks, if it was made from the specs that are asked about.

Questions about sizes and words are answered by the interpreter, for anybody's specs. A recording is
another matter: its thousands of events each reach hundreds of neurons, and the interpreter takes one
neuron at a time. So generated code runs it, and only that which these specs make: a package of other
specs would give numbers that look right. Each generated file says in its first line what it is made
from, with the hash of the resolved spec; that line is compared.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from dynapspec.diagnostics import InputError, fail
from dynapspec.load.reader import display_name
from dynapspec.model import Layer

SHOWN = 12  # digits of the hash that a header has
MADE = re.compile(r"from .*?(?P<version>[0-9.]+) \((?P<hash>[0-9a-f]+)\)")


def require(layer: Layer, specs: Path) -> None:
    """Refuses to run a network when the generated package is not that of this layer spec.

    Raises:
        InputError: there is no such package, it needs torch and there is none, or other specs made it.
    """
    package = layer.spec.package
    found = find_spec(package)
    if found is None or found.origin is None:
        raise _other(layer, specs, f"the package {package}, which runs networks, is not installed")
    for needed in ("numpy", "torch"):
        if find_spec(needed) is None:
            told = f"to run a network needs the package {needed}"
            raise fail("missing-extra", told, hint="pip install 'dynapspec[torch]'")
    wanted, made = layer.digest[:SHOWN], _made_from(Path(found.origin))
    if made != wanted:
        told = (
            f"{package} in {display_name(Path(found.origin).parent)} was not made from these specs:"
            f" it comes from {made or 'something else'}, and {layer.name} {layer.spec.version} is {wanted}"
        )
        raise _other(layer, specs, told)


def _made_from(file: Path) -> str:
    """The hash in the header of a generated file; empty where it has none."""
    try:
        with file.open(encoding="utf-8") as text:
            found = MADE.search(text.readline())
    except (OSError, UnicodeDecodeError):
        return ""
    return found["hash"] if found else ""


def _other(layer: Layer, specs: Path, told: str) -> InputError:
    name = display_name(specs)
    hint = (
        f"dynapspec generate --specs {name} --out DIR, then PYTHONPATH=DIR dynapspec ... --specs {name}"
        f"; a network runs in the generated code of its specs"
    )
    return fail("generated-other", told, hint=hint)
