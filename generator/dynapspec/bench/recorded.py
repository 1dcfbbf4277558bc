"""The network and the samples that were recorded on a chip, where their folder is at hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dynapspec.bench.rows import Absent

FOLDER = "DYNAPSPEC_SILICON"
NETWORK, SAMPLES = "nmnist_scnn.nir", "digit*.bs2"
EVENTS = 4000  # of the sample that is taken, about


def recorded() -> tuple[Any, Any]:
    """The layers of the network, and the events of the sample whose length is nearest to the usual one.

    Raises:
        Absent: the variable names no such folder.
    """
    folder = Path(os.environ.get(FOLDER, ""))
    if FOLDER not in os.environ or not (folder / NETWORK).is_file():
        raise Absent(f"{FOLDER} names no folder with {NETWORK}")
    from dynapspec.events import fitted, read_events
    from dynapspec.load import find_specs
    from dynapspec.model import load_model
    from dynapspec.network.chain import Chain
    from dynapspec.network.loading import read_network
    from dynapspec.simulate.run import converted
    from dynapspec.simulate.simulation import entry

    root = find_specs(None)
    network = read_network(folder / NETWORK, Chain(load_model(root)))
    samples = [read_events(path) for path in sorted(folder.glob(SAMPLES))]
    shown = fitted(min(samples, key=lambda one: abs(len(one.events) - EVENTS)), entry(network), False)
    events = shown.events.copy()
    events[:, 3] -= events[0, 3]
    return converted(network, root)[0], events
