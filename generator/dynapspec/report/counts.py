"""Reads counts of spikes from a file: JSON, or NumPy's npz.

JSON: ``{"seconds": 0.3, "input": 1200, "layers": [800, [[[...]]], null]}``. npz: the arrays ``seconds``,
``input`` and ``layer_0``, ``layer_1``, and so on. Each count is a number, or an
array (features, height, width). The JSON of ``dynapspec simulate`` is taken as it is, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dynapspec.diagnostics import fail
from dynapspec.load.reader import display_name
from dynapspec.network.network import Network
from dynapspec.report.traffic import Traffic, recorded

KEYS = ("seconds", "input", "layers")
PREFIX = "layer_"
MICROSECONDS = 1e6  # in a second
MAX_BYTES = 1 << 28  # more is no table of counts
HINT = 'write {"seconds": 0.3, "input": 1200, "layers": [800, 90]}'


def read_counts(path: Path, network: Network) -> Traffic:
    """The traffic that a file of counts tells.

    Raises:
        InputError: it cannot be read, or is about another network.
    """
    try:
        if not path.is_file():
            raise fail("counts", f"there is no file {display_name(path)}")
        if path.stat().st_size > MAX_BYTES:
            raise fail("counts", f"{display_name(path)} is too large for a table of counts")
        data = _npz(path) if path.suffix == ".npz" else _json(path)
    except (OSError, ValueError) as error:
        raise fail("counts", f"{display_name(path)} cannot be read: {error}", hint=HINT) from None
    return recorded(network, data["layers"], data["seconds"], data["input"])


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if isinstance(data, dict) and "duration_us" in data:
        data = _simulated(data)
    if not isinstance(data, dict) or not isinstance(data.get("layers"), list) or "seconds" not in data:
        raise ValueError("it has no seconds and no list of layers")
    unknown = sorted(set(data) - set(KEYS))
    if unknown:
        raise ValueError(f"{unknown[0]!r} means nothing; it has {', '.join(KEYS)}")
    return {"input": None, **data}


def _simulated(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the answer of a simulation counted; the first layer receives what the input sends."""
    try:
        layers = [layer["spikes"] for layer in data["layers"]]
        first, seconds = data["layers"][0]["received"], data["duration_us"] / MICROSECONDS
    except (KeyError, IndexError, TypeError):
        raise ValueError("it is no answer of a simulation") from None
    return {"seconds": seconds, "input": first, "layers": layers}


def _npz(path: Path) -> dict[str, Any]:
    try:
        import numpy
    except ImportError:
        hint = "pip install 'dynapspec[torch]', or write the counts as JSON"
        raise fail("missing-extra", "npz files need the package numpy", hint=hint) from None
    from zipfile import BadZipFile

    try:
        with numpy.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
    except (BadZipFile, EOFError, KeyError) as error:
        raise ValueError(str(error)) from None
    numbered = {name.removeprefix(PREFIX): array for name, array in arrays.items() if name.startswith(PREFIX)}
    if "seconds" not in arrays or not numbered or not all(n.isascii() and n.isdigit() for n in numbered):
        raise ValueError(f"it has no arrays seconds and {PREFIX}0")
    layers = {int(name): array for name, array in numbered.items()}
    return {"layers": layers, "seconds": float(arrays["seconds"]), "input": arrays.get("input")}
