"""Questions and answers about layers, as JSON Schemas: their names come from the layer specs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dynapspec.emit.conformance.forms import (
    BITS,
    BOOL,
    INT,
    MAP,
    NULL,
    PAIR,
    REFUSED_BY,
    TEXT,
    TRIPLE,
    TRUE,
    Form,
    among,
    any_of,
    exactly,
    maybe,
    nested,
    several,
)
from dynapspec.formula import names_in
from dynapspec.model import Layer
from dynapspec.model.layer_spec import Derived, Dim, LayerSpec, Memory
from dynapspec.model.values import Interval

SECTIONS = ("spike_fn", "reset_fn", "surrogate_grad_fn")


def dimension(dim: Dim) -> Form:
    """The values of a dimension, those outside its domain too."""
    if dim.kind == "bool":
        return BOOL
    return INT if dim.domain is None or isinstance(dim.domain, Interval) else TEXT


def merged(parts: Iterable[Mapping[str, Form]]) -> dict[str, Form]:
    """The forms of several specs under their names."""
    found: dict[str, Form] = {}
    for part in parts:
        for name, form in part.items():
            found[name] = any_of(found[name], form) if name in found else form
    return found


class LayerForms:
    """The forms of all layer specs together."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        self.specs: Sequence[LayerSpec] = [layer.spec for layer in layers]
        self.own = merged({n: dimension(d) for n, d in spec.dims.items()} for spec in self.specs)
        self.each = merged({n: dimension(d) for n, d in spec.destination_dims.items()} for spec in self.specs)
        self.memories = merged(dict.fromkeys(spec.memory, INT) for spec in self.specs)

    # ── Sizes ────────────────────────────────────────────────────────────────────────────────────

    def asked(self, sections: Callable[[LayerSpec], Mapping[str, Derived | Memory]]) -> Form:
        """Questions about formulas: the name of one, and all that it depends on."""
        return any_of(*(self._formula(spec, n, p) for spec in self.specs for n, p in sections(spec).items()))

    def _formula(self, spec: LayerSpec, name: str, part: Derived | Memory) -> Form:
        dims = {**self.own, **self.each}
        used = getattr(part, "used", None)
        names = dict.fromkeys([*names_in(part.is_.tree), *(names_in(used.tree) if used else ())])
        return exactly({"of": {"const": name}, **{n: dims.get(n, INT) for n in names if "." not in n}})

    def layer(self) -> Form:
        """A layer by its dimensions; those of a destination stand in ``pools``."""
        return exactly({"pools": several(exactly({}, self.each))}, self.own)

    def construct(self) -> tuple[Form, Form]:
        """The arguments of a layer by role, and what the layer is."""
        roles: dict[str, Any] = {"synapses": {}, "neurons": {}, "pools": {}}
        for spec in self.specs:
            for dim in (*spec.dims.values(), *spec.destination_dims.values()):
                if dim.from_.role in roles and dim.from_.fields != ("count",):
                    _put(roles[dim.from_.role], dim.from_.fields, maybe(dimension(dim)))
        asked = exactly(
            {
                "input_shape": TRIPLE,
                "synapses": _object(roles["synapses"]),
                "neurons": _object(roles["neurons"]),
                "pools": several(_object(roles["pools"])),
            }
        )
        made = exactly(
            {
                "dims": exactly({}, self.own),
                "pools": several(exactly({}, self.each)),
                "neuron_shape": TRIPLE,
                "output_shapes": several(TRIPLE),
                "memory": exactly({}, self.memories),
            }
        )
        return asked, any_of(made, exactly({"refused": several(TEXT)}, {"undefined": several(TEXT)}))

    def signature(self) -> tuple[Form, Form]:
        """Questions about what a caller writes."""
        arguments = {name for spec in self.specs for name in spec.api.arguments}
        asked = any_of(
            exactly({"of": {"const": "class"}}, {"argument": among(sorted(arguments))}),
            exactly({"of": {"const": "neurons"}}),
            exactly({"of": {"const": "dimension"}, "name": among([*self.own, *self.each])}),
            *(
                exactly({"of": {"const": section}, "function": among(self.functions(section))})
                for section in SECTIONS
            ),
        )
        value = any_of(INT, BOOL, TEXT, BITS, NULL)
        texts = several(TEXT)
        values: Form = {"type": "object", "additionalProperties": value}
        named: Form = {"type": "object", "additionalProperties": TEXT}
        argument = {
            "role": TEXT,
            "attribute": maybe(TEXT),
            "accepts": texts,
            "axes": texts,
            "each": maybe(TEXT),
        }
        return asked, any_of(
            exactly({"class": TEXT, "arguments": texts, "properties": named}),
            exactly({**argument, "required": TRUE}),
            exactly({**argument, "required": {"const": False}, "default": value}),
            exactly({"defaults": values}, {"parameters": texts}),
            exactly({"domain": several(any_of(INT, TEXT)), "default": value}),
        )

    def functions(self, section: str) -> list[str]:
        """The names of the functions of one kind."""
        return [name for spec in self.specs for name in getattr(spec.dynamics, section)]

    def parameters(self, *sections: str) -> Form:
        """Values for parameters of functions."""
        found = {
            name
            for spec in self.specs
            for section in sections
            for function in getattr(spec.dynamics, section).values()
            for name in function.parameters
        }
        return exactly({}, dict.fromkeys(sorted(found), any_of(BITS, INT)))

    # ── Whole layers ─────────────────────────────────────────────────────────────────────────────

    def whole(self) -> tuple[Form, Form]:
        """A layer from its arguments, and what it says and does."""
        weights = {"weight": several(BITS), "bias": maybe(several(BITS))}
        sizes = dict.fromkeys(("in_channels", "out_channels", "groups"), INT)
        pairs = dict.fromkeys(("kernel_size", "stride", "padding", "dilation"), PAIR)
        conv = {"kind": {"const": "conv"}, **sizes, **pairs}
        linear = {"kind": {"const": "linear"}, "in_features": INT, "out_features": INT}
        levels = {"threshold": BITS, "v_floor": maybe(BITS)}
        chosen = {section: among(self.functions(section)) for section in SECTIONS}
        state = exactly({"shape": several(INT), "values": several(BITS)})
        others = {"v": state, "batch_size": INT, "num_timesteps": INT}
        neurons = {"kind": {"const": "iaf"}, **levels, **chosen, "parameters": self.parameters(*SECTIONS)}
        answers, window = self._answers(), any_of(INT, PAIR)
        asked = exactly(
            {
                "conv": any_of(exactly({**conv, **weights}), exactly({**linear, **weights})),
                "spk": any_of(exactly(neurons, others), exactly({"kind": {"const": "relu"}})),
                "in_shape": TRIPLE,
                "pool": maybe(exactly({"kernel_size": window, "stride": maybe(window)})),
                "discretize": BOOL,
                "input": nested(INT, 4),
                "ask": {**several(among(answers)), "minItems": 1, "uniqueItems": True},
            }
        )
        return asked, any_of({**exactly({}, answers), "minProperties": 1}, exactly({"refused": REFUSED_BY}))

    def _answers(self) -> dict[str, Form]:
        """What can be asked of a layer."""
        return {
            "neuron_shape": TRIPLE,
            "output_shape": TRIPLE,
            "memory": exactly(self.memories),
            "weight": several(INT),
            "bias": maybe(several(INT)),
            "threshold": INT,
            "v_floor": maybe(INT),
            "spikes": nested(INT, 4),
            "v": any_of(nested(BITS, 3), nested(BITS, 4)),
            "gradient": several(BITS),
            "warned": BOOL,
            "cleared": BOOL,
            "replaced": BOOL,
        }

    def answered(self) -> Form:
        """An answer holds what the question asks for, unless the layer is refused."""
        return {"allOf": [_needed(name) for name in self._answers()]}

    def words(self) -> tuple[Form, Form, Form, Form]:
        """Parameters and their words: of all of them, and of the convolution alone."""
        listed = dict.fromkeys(("weight",), several(BITS))
        levels = {"threshold": BITS, "v_floor": maybe(BITS)}
        others = {"bias": several(BITS), "v": several(BITS)}
        whole = {"weight": several(INT), "threshold": INT, "v_floor": maybe(INT), "scale": BITS}
        made = exactly(whole, {"bias": several(INT), "v": several(INT)})
        refused = exactly({"refused": TEXT})
        return (
            exactly({**listed, **levels, "rescale": INT}, others),
            any_of(made, refused),
            exactly({**listed, **levels, **{name: maybe(form) for name, form in others.items()}}),
            any_of(exactly({"weight": several(INT)}, {"bias": several(INT)}), refused),
        )


def maps() -> dict[str, tuple[Form, Form]]:
    """Pooling, and linear layers."""
    weight = {"input_shape": TRIPLE, "weight": nested(INT, 2), "bias": maybe(several(INT))}
    return {
        "pooling": (exactly({"map": MAP, "window": PAIR, "stride": PAIR}), exactly({"map": MAP})),
        "linear": (
            exactly({**weight, "map": MAP}),
            exactly({"taps": nested(INT, 4), "output": several(INT)}),
        ),
    }


def _needed(name: str) -> Form:
    """A case that asks for something and is not refused has it in its answer."""
    asked = {"properties": {"ask": {"contains": {"const": name}}}}
    taken: Form = {"not": {"required": ["refused"]}}
    return {
        "if": {"properties": {"input": asked, "expected": taken}},
        "then": {"properties": {"expected": {"required": [name]}}},
    }


def _put(target: dict[str, Any], fields: Sequence[str], form: Form) -> None:
    """Sets the form of a field that may lie in others."""
    *outer, last = fields
    for field in outer:
        target = target.setdefault(field, {})
    target[last] = _Leaf(form)


class _Leaf:
    """The form of a field, told apart from the fields around it."""

    def __init__(self, form: Form) -> None:
        self.form = form


def _object(fields: Mapping[str, Any]) -> Form:
    """Nested fields as a strict object; each may be left out."""
    return exactly(
        {}, {n: part.form if isinstance(part, _Leaf) else _object(part) for n, part in fields.items()}
    )
