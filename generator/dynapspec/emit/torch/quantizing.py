"""Context of quantization.py."""

from __future__ import annotations

from typing import Any, ClassVar

from dynapspec.emit.torch.dynamics import TORCH
from dynapspec.emit.torch.formulas import Formulas
from dynapspec.emit.torch.reading import argument_of
from dynapspec.emit.torch.text import docstring, sentence, template
from dynapspec.formula.arrays import TorchPrinter
from dynapspec.formula.tree import calls_in
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.quantize import Quantizer
from dynapspec.model.layer_spec import Refusal
from dynapspec.model.sources import evidence


class ScalePrinter(TorchPrinter):
    """The scale of a group is a tensor without dimensions, so Python's own abs reads best."""

    functions: ClassVar[dict[str, str]] = {**TorchPrinter.functions, "abs": "abs"}


def quantization(f: Formulas) -> dict[str, Any]:
    """Everything that the template needs."""
    q, spec = f.spec.quantization, f.spec
    scale = ScalePrinter()
    trees = [q.scale.when.tree, q.scale.then.tree, q.scale.else_.tree]
    called = {name for tree in trees for name in calls_in(tree)}
    groups = {name: (group.width, list(group.of)) for name, group in q.groups.items()}
    names = list(dict.fromkeys(name for _, members in groups.values() for name in members))
    return {
        "note": sentence(q.note or q.doc),
        "evidence": docstring(evidence(f.layer, q.source)),
        "clause": f.layer.clause("quantization"),
        "helpers": ", ".join(name for name in spec.functions if name in called) or "ceil_log2",
        "widths": {name: width.bits for name, width in spec.widths.items()},
        "groups": groups,
        "absent": Quantizer(LayerInterpreter(f.layer)).absent,
        "scale": {
            "when": scale.show(q.scale.when.tree),
            "then": scale.show(q.scale.then.tree),
            "otherwise": scale.show(q.scale.else_.tree),
        },
        "rescale": TORCH.show(q.rescale.tree),
        "rescale_argument": argument_of(spec, "rescale")[0],
        "value": TORCH.show(q.value.tree),
        "combine": q.combine,
        "names": ", ".join(names),
        "refusals": [_refusal(refusal, f) for refusal in q.refuse.values()],
    }


def _refusal(refusal: Refusal, f: Formulas) -> dict[str, str]:
    text = f"{refusal.say}; {refusal.remedy}" if refusal.remedy else refusal.say
    return {"when": f.code(refusal.when.tree), "message": template(text, lambda name: name)}
