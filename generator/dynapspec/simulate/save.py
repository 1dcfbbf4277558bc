"""Keeps what every neuron did, in a file of NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dynapspec.simulate.report import SECOND
from dynapspec.simulate.run import Run
from dynapspec.whole_files import write_whole


def save(run: Run, path: Path) -> None:
    """Writes what every neuron did, all or nothing.

    ``seconds``, ``input`` and the spikes ``layer_0``, ``layer_1``... are the counts that ``fit`` takes;
    beside them stand ``potentials_0``... and, event by event, ``spikes`` (n, 5) of layer, feature, y, x, t.

    Raises:
        InputError: it cannot be written.
    """
    arrays: dict[str, Any] = {"seconds": np.float64(run.duration / SECOND), "input": run.entered}
    arrays |= {f"layer_{i}": counts for i, counts in enumerate(run.counts)}
    arrays |= {f"potentials_{i}": found for i, found in enumerate(run.potentials)}
    if run.events is not None:
        arrays["spikes"] = run.events
    write_whole({path: lambda file: np.savez_compressed(file, allow_pickle=False, **arrays)})
