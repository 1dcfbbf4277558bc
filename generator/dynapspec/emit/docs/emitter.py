"""The documentation: Markdown pages, and a drawing for each chip."""

from __future__ import annotations

from collections.abc import Iterator

from dynapspec.emit.conformance.speed import speed
from dynapspec.emit.docs.chip_page import chip_page, rules_of_limits
from dynapspec.emit.docs.codes_page import codes_page
from dynapspec.emit.docs.configuration_page import configuration_page
from dynapspec.emit.docs.conformance_page import conformance_page
from dynapspec.emit.docs.evidence_page import evidence_page
from dynapspec.emit.docs.explore_page import explore_page
from dynapspec.emit.docs.implementations_page import implementations_page
from dynapspec.emit.docs.index_page import (
    CODES,
    CONFIGURATION,
    CONFORMANCE,
    EVIDENCE,
    IMPLEMENTATIONS,
    LANGUAGE,
    NETWORKS,
    SPACES,
    SPEED,
    STRENGTH,
    index_page,
)
from dynapspec.emit.docs.layer_page import layer_page
from dynapspec.emit.docs.memory_map import memory_map
from dynapspec.emit.docs.networks_page import networks_page
from dynapspec.emit.docs.specs_page import specs_page
from dynapspec.emit.docs.speed_bars import speed_bars
from dynapspec.emit.docs.speed_page import speed_page
from dynapspec.emit.docs.strength_page import strength_page
from dynapspec.emit.output import Output
from dynapspec.emit.spread import spread
from dynapspec.model import Chip, Model


def emit(model: Model) -> Iterator[Output]:
    """Every page below ``docs/``."""
    everything = (*model.layers.values(), *model.chips.values())
    for layer in model.layers.values():
        yield Output(f"docs/layers/{layer.name}.md", layer_page(model, layer), (layer,))
    rules = {name: rules_of_limits(layer) for name, layer in model.layers.items()}

    def shown(chip: Chip) -> tuple[str, str]:
        return chip_page(model, chip, rules[model.layer_of(chip).name]), memory_map(chip)

    chips = list(model.chips.values())
    for chip, (text, drawing) in zip(chips, spread(shown, chips), strict=True):
        yield Output(f"docs/chips/{chip.name}.md", text, (chip, model.layer_of(chip)))
        yield Output(f"docs/chips/{chip.name}.svg", drawing, (chip,))
    yield Output("docs/evidence.md", evidence_page(model), everything)
    yield Output("docs/codes.md", codes_page(), everything)
    yield Output("docs/conformance.md", conformance_page(model), everything)
    yield Output("docs/implementations.md", implementations_page(model), everything)
    yield Output("docs/strength.md", strength_page(model), everything)
    yield Output("docs/speed.md", speed_page(model), everything)
    recorded = speed(model)
    if recorded:
        yield Output("docs/speed.svg", speed_bars(recorded), everything)
    reading = [EVIDENCE, CONFORMANCE, IMPLEMENTATIONS, STRENGTH, SPEED, CODES]
    if model.chips:
        yield Output("docs/specs.md", specs_page(model), everything)
        yield Output("docs/networks.md", networks_page(model), everything)
        yield Output("docs/explore.md", explore_page(model), everything)
        reading = [LANGUAGE, NETWORKS, SPACES, *reading]
    if any(chip.spec.configuration for chip in model.chips.values()):
        yield Output("docs/configuration.md", configuration_page(model), everything)
        reading.insert(reading.index(EVIDENCE), CONFIGURATION)
    yield Output("docs/index.md", index_page(model, reading), everything)
