"""Answers about a chip: its rules, the placement of layers, and its table."""

from __future__ import annotations

from typing import Any

from dynapspec.interpret.answers.data import Answer, Data
from dynapspec.interpret.chip import Judge
from dynapspec.interpret.description import Layout
from dynapspec.runtime.addresses import encode
from dynapspec.runtime.configuration import from_data, write
from dynapspec.runtime.placement import PlacementError, place


class ChipAnswers:
    """The topics ``rules``, ``placement``, ``facts`` and ``configuration``."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.spec = judge, judge.interpreter.spec

    def layout(self, given: Data) -> Layout:
        """A layer by its dimensions; one that is left out has its default."""
        own = {name: given.get(name, dim.default) for name, dim in self.spec.dims.items()}
        pools = given.get("pools", [{}])
        dims = self.spec.destination_dims
        leaving = tuple({name: one.get(name, dim.default) for name, dim in dims.items()} for one in pools)
        return Layout({name: value for name, value in own.items() if value is not None}, leaving)

    def rules(self, given: Data) -> Answer:
        """The rules that a layer breaks, and the cores with room for it."""
        verdict = self.judge.judge_layout(self.layout(given))
        broken = [{"rule": v.rule, "actual": v.actual, "limit": v.limit} for v in verdict.violations]
        return {"violations": broken, "cores": list(verdict.cores)}

    def placement(self, given: Data) -> Answer:
        """A core for each layer, where that is possible."""
        verdicts = [self.judge.judge_layout(self.layout(layer)) for layer in given["layers"]]
        candidates = [list(verdict.cores) for verdict in verdicts]
        try:
            return {"candidates": candidates, "possible": True, "smallest": place(candidates).cores}
        except PlacementError:
            return {"candidates": candidates, "possible": False}

    def fact(self, given: Data) -> Answer:
        """A number or name in the chip's spec."""
        value: Any = self.judge.chip.resolved
        for step in given["of"].strip("/").split("/"):
            value = value[int(step) if step.isdigit() else step]
        return {"value": list(value) if isinstance(value, tuple) else value}

    def configuration(self, given: Data) -> Answer:
        """The configuration of what is in use, or the address of a word."""
        spec = self.judge.chip.spec
        assert spec.configuration is not None
        layout = spec.configuration.layout(self.spec)
        if "address" in given:
            parts = layout["addresses"][given["address"]]
            return {"address": encode(parts, given["sizes"], given["indices"])}
        return {"configuration": write(layout, spec.cores, from_data(given))}
