"""Finds out what a network is given as - a file, a NIR graph or Python - and reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dynapspec.diagnostics import Span, fail
from dynapspec.load import find_specs
from dynapspec.load.reader import display_name
from dynapspec.model import load_model
from dynapspec.network.chain import Chain
from dynapspec.network.file import NetworkFile
from dynapspec.network.network import Network, Preprocessing, Shape

if TYPE_CHECKING:
    from dynapspec.network.flow import Flow

FILES = (".yaml", ".yml", ".json")
GRAPHS = (".nir", ".h5", ".hdf5")
FORMS = "give a network file (.yaml), a NIR graph (.nir), or Python as module:callable or file.py:callable"


def load(
    source: Any,
    input_shape: Shape | None = None,
    specs: Path | None = None,
    *,
    min_v_mem: float | None = None,
) -> Network:
    """Reads a network.

    Args:
        source: a network file, a NIR graph, ``module:callable``, ``file.py:callable``, or a torch module.
        input_shape: features, height and width of the input; a network file and most graphs know theirs.
        specs: the folder of specs; found as the command line finds it when it is not given.
        min_v_mem: lower bound of the potential, for a NIR graph; minus the threshold by default.

    Raises:
        InputError: with everything that keeps it from being read.
    """
    return read_network(source, Chain(load_model(find_specs(specs))), input_shape, min_v_mem)


def read_network(
    source: Any, chain: Chain, input_shape: Shape | None = None, min_v_mem: float | None = None
) -> Network:
    """Reads a network with a chain that is there already; see :func:`load`."""
    _check_shape(input_shape)
    if not isinstance(source, str | Path):
        return _torch(source, chain, input_shape, "")
    if "\0" in str(source):
        raise fail("unreadable", f"there is no file {str(source)!r}", hint=FORMS)
    path, suffix = Path(source), Path(source).suffix.lower()
    if suffix in GRAPHS:
        return _graph(path, chain, input_shape, min_v_mem)
    if suffix in FILES or _is_there(path):
        return _file(path, chain, input_shape)
    return _python(str(source), chain, input_shape)


def _is_there(path: Path) -> bool:
    """Whether there is a file or folder of that name; a name that is too long is none."""
    try:
        return path.exists()
    except OSError:
        return False


def _check_shape(shape: Any) -> None:
    if shape is None:
        return
    sizes = tuple(shape) if isinstance(shape, list | tuple) else ()
    if len(sizes) != 3 or not all(isinstance(size, int) and size > 0 for size in sizes):
        raise fail("input-shape", f"input_shape is {shape!r}", hint="give (features, height, width)")


def _file(path: Path, chain: Chain, input_shape: Shape | None) -> Network:
    if path.suffix == ".py":
        hint = f"name what makes the model: {display_name(path)}:build"
        raise fail(
            "no-callable",
            f"{display_name(path)} is Python, and a model comes from a callable in it",
            hint=hint,
        )
    read = NetworkFile(path, chain.spec, input_shape, chain.cited("recurrence"))
    given = (read.name, read.input_shape, read.blocks, read.source)
    return chain.build(*given, outputs=read.outputs, preprocessing=read.preprocessing)


def _graph(path: Path, chain: Chain, input_shape: Shape | None, min_v_mem: float | None) -> Network:
    from dynapspec.network.flow import Flow
    from dynapspec.network.nir import NirFile

    read = NirFile(path, input_shape, min_v_mem, chain.cited)
    flow = Flow(read.nodes)
    if read.output_shape is not None and len(flow.outputs) == 1 and flow.outputs[0].layer is not None:
        last = flow.outputs[0].layer
        flow.blocks[last] = replace(flow.blocks[last], output_shape=read.output_shape)
    return _flowing(chain, flow, read.name, read.input_shape, display_name(path), read.notes)


def _flowing(
    chain: Chain, flow: Flow, name: str, input_shape: Shape, source: str, notes: list[str]
) -> Network:
    """The network of a graph that is grouped into layers."""
    from dynapspec.network.sensing import sensed

    shape, before = sensed(flow.preprocessing, input_shape)
    notes = [*notes, *flow.notes, *_before(before)]
    return chain.build(name, shape, flow.blocks, source, notes, flow.outputs, before)


def _before(before: Preprocessing | None) -> Iterator[str]:
    """What the model leaves to the sensor's block, in a sentence."""
    if before is None:
        return
    (down, across), crop = before.pool, before.crop
    parts = [f"sums windows of {down}x{across}"] if before.pool != (1, 1) else []
    if crop is not None:
        parts.append(f"keeps {crop[2]}x{crop[3]} pixels from row {crop[0]} and column {crop[1]} on")
    sides = [side for side, mirrored in zip(("rows", "columns"), before.mirror, strict=True) if mirrored]
    parts += [f"mirrors {' and '.join(sides)}"] if sides else []
    parts += ["swaps rows and columns"] if before.swap else []
    parts = ["adds both polarities", *parts] if before.merge else parts
    if not parts:
        return
    told = ", ".join(parts[:-1]) + " and " * (len(parts) > 1) + parts[-1]
    yield f"the sensor's block {told} before the first layer"


def _python(source: str, chain: Chain, input_shape: Shape | None) -> Network:
    from dynapspec.network.code import model_of

    where, _, name = source.rpartition(":")
    if not where or not name:
        raise fail("unreadable", f"there is no file {source}", hint=_nearby(source, chain) or FORMS)
    if where.endswith(".py") and not (_is_there(Path(where)) and Path(where).is_file()):
        raise fail("unreadable", f"there is no file {where}", Span(where, 1, 1, 2), FORMS)
    return _torch(model_of(source), chain, input_shape, source)


def _nearby(name: str, chain: Chain) -> str:
    """A hint to the network of that name among those that come with the specs."""
    path = chain.root / "networks" / f"{name}.yaml"
    return f"did you mean {display_name(path)}?" if _is_there(path) else ""


def _torch(model: Any, chain: Chain, input_shape: Shape | None, source: str) -> Network:
    from dynapspec.network.flow import Flow
    from dynapspec.network.python import TorchModel, is_module

    if not is_module(model):
        raise fail("no-model", f"a {type(model).__name__} is no network", hint=FORMS)
    read = TorchModel(model, chain.apis, input_shape, chain.cited)
    flow = Flow(read.nodes, flat=not read.is_row)
    if read.input_shape is None:
        hint = "say it with --input-shape features,height,width, or as the model's attribute input_shape"
        raise fail("input-shape", "the model does not say which map it receives", hint=hint)
    name = source.rpartition(":")[2] or read.name
    return _flowing(chain, flow, name, read.input_shape, source, read.notes)
