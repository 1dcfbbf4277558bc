"""What the templates of the tests need to know of a spec, as plain data."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from dynapspec.emit.conformance.emitter import LAYER_TOPICS
from dynapspec.emit.conformance.homes import home
from dynapspec.emit.conformance.promises import PROMISES
from dynapspec.emit.reference_tests import known
from dynapspec.emit.reference_tests.names import names_of
from dynapspec.emit.torch.formulas import Formulas
from dynapspec.emit.torch.numbers import api
from dynapspec.model import Layer, Limit, Model
from dynapspec.model.layer_spec import Dim
from dynapspec.model.values import Interval

ABOUT = 40  # sizes up to this are drawn often, beside those of the whole domain


class TestContext:
    """Prepares the test modules of one layer spec."""

    def __init__(self, layer: Layer, model: Model) -> None:
        self.layer, self.spec = layer, layer.spec
        # the vectors of a chip are those of the first layer spec that it names
        self.chips = [chip for chip in model.chips_of(layer) if model.layer_of(chip).core == layer.core]
        self.homes = {topic: home(topic, layer, model).name for topic in LAYER_TOPICS}
        self.api = api(Formulas(layer))
        self.dims: dict[str, Dim] = {**self.spec.dims, **self.spec.destination_dims}

    def vectors(self) -> dict[str, Any]:
        """The files of vectors that are played, and the names by which the package is asked."""
        names = names_of(self.layer)
        return {
            "layer": self.layer.name,
            "names": [(field.name, repr(getattr(names, field.name))) for field in fields(names)],
            "homes": list(self.homes.items()),
            "chips": [chip.name for chip in self.chips],
            "chip_topics": [topic for topic in PROMISES if topic not in self.homes] if self.chips else [],
            "topics": [topic for topic in PROMISES if topic in self.homes or self.chips],
        }

    def functions(self) -> dict[str, Any]:
        """The files of vectors that the functions of the package meet."""
        chips = [chip.name for chip in self.chips]
        return {**{topic: self.homes[topic] for topic in ("quantization", "rescale")}, "chips": chips}

    def domains(self) -> dict[str, tuple[int, int]]:
        """The domain of each dimension that is a whole number."""
        return {
            n: (d.domain.low, d.domain.high) for n, d in self.dims.items() if isinstance(d.domain, Interval)
        }

    def memory(self) -> dict[str, Any]:
        """Shapes and memories that the reference knows, with the domains of their arguments."""
        shapes = [
            {
                "name": name,
                "clause": self.layer.clause(self._section(name), name),
                "arguments": list(names.items()),
                "size": names["size"],
            }
            for name, names in known.shapes(self.spec).items()
        ]
        memories = [
            {"name": name, "clause": self.layer.clause("memory", name), "arguments": list(arguments)}
            for name, arguments in known.memories(self.spec).items()
        ]
        return {"shapes": shapes, "memories": memories, "domains": self.domains(), "about": ABOUT}

    def _section(self, name: str) -> str:
        return "shapes" if name in self.spec.shapes else "destination_shapes"

    def quantization(self) -> dict[str, Any]:
        """Widths and rounding, under the names that the reference gives them."""
        q, widths = self.spec.quantization, self.spec.widths
        bits = {name: widths[group.width].bits for name, group in q.groups.items()}
        return {
            "clause": self.layer.clause("quantization"),
            "rounding": known.rounding(self.spec),
            "rescaling": known.rescaling(self.spec),
            "weight_bits": bits["weights"],
            "bias_bits": bits["biases"],
            "state_bits": bits["thresholds"],
            "one_state": bits["thresholds"] == bits["potentials"],
            "refusals": list(q.refuse),
        }

    def neurons(self) -> dict[str, Any]:
        """Spike functions, resets and the steps of both execution models."""
        names = [*known.spikes(self.spec), *known.resets(self.spec), self.api["class_name"], "IAFSqueeze"]
        return {
            "imported": names,
            "clocked": known.clocked(self.spec),
            "event": known.event(self.spec),
            "clause": self.layer.clause("dynamics"),
            "spikes": [self._spike(name, code) for name, code in known.spikes(self.spec).items()],
            "resets": list(known.resets(self.spec).items()),
            "level": self.quantization()["weight_bits"]
            if known.quantization(self.spec)
            else self._some_bits(),
        }

    def _some_bits(self) -> int:
        return min(width.bits for width in self.spec.widths.values())

    def _spike(self, name: str, code: str) -> dict[str, str]:
        """A spike function and its counterpart; the arguments of the counterpart serve both."""
        arguments = code[code.index("(") :] if "(" in code else ""
        return {"name": name, "ours": f"{name}{arguments}", "reference": code}

    def whole_layer(self) -> dict[str, Any]:
        """What a layer as a whole is compared by."""
        default = self.spec.dynamics.defaults
        same = known.clocked(self.spec) and default.spike_fn in known.spikes(self.spec)
        return {
            "runs": same and default.reset_fn in known.resets(self.spec),
            "spike": known.spikes(self.spec).get(default.spike_fn),
            "reset": known.resets(self.spec).get(default.reset_fn),
            "memories": [{"name": n, "arguments": list(a)} for n, a in known.memories(self.spec).items()],
            "shapes": known.shapes(self.spec),
            "quantizes": known.quantization(self.spec),
            **self.quantization(),
            "differences": list(self.spec.differences),
            "clause": self.layer.clause("api"),
        }

    def rules(self) -> dict[str, Any]:
        """Limits of every chip under the names of the reference, and the values around them."""
        rules = self.spec.rules
        limits = [(rule, limit, names) for rule, (limit, names) in known.LIMITS.items() if rule in rules]
        marks = {
            rule: sorted({value for chip in self.chips for value in around(chip.spec.limits[limit])})
            for rule, limit, _ in limits
            if all(limit in chip.spec.limits for chip in self.chips)
        }
        return {
            "clause": self.layer.clause("rules"),
            "limits": [(rule, limit, names, marks[rule]) for rule, limit, names in limits if rule in marks],
            "others": [rule for rule in known.OTHER_RULES if rule in rules],
            "values": self._values(marks),
            "cores": max((len(chip.spec.cores) for chip in self.chips), default=1),
        }

    def _values(self, marks: dict[str, list[int]]) -> dict[str, list[int]]:
        """For each parameter of the reference's rules, small values and those around its limits."""
        values: dict[str, set[int]] = {}
        for rule, (_, names) in known.LIMITS.items():
            for name in names:
                low = self.dims[name].domain if name in self.dims else None
                least = low.low if isinstance(low, Interval) else 1
                kept = {value for value in marks.get(rule, ()) if value >= least or name == "floor"}
                values.setdefault(name, {least, least + 1, least + 2} if name != "floor" else {-2}).update(
                    kept
                )
        return {name: sorted(found) for name, found in values.items()}


def around(limit: Limit) -> list[int]:
    """The ends of a limit or the members of a set, with their neighbours."""
    ends = limit.one_of if limit.one_of is not None else (limit.min, limit.max)
    numbers = [end for end in ends if isinstance(end, int)]
    return [number + step for number in numbers for step in (-1, 0, 1)]
