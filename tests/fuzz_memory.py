"""Work on damaged specs that is done once: what a case has not touched is as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.model import build, check, values
from dynapspec.model.entries import Layer
from dynapspec.resolve import Document, Library
from fuzz_damage import Fuzzer

KEPT = 20_000  # answers that are remembered at most


@contextmanager
def remembering(fuzzer: Fuzzer) -> Iterator[None]:
    """Formulas are parsed once; what a case has not touched is typed and checked once."""
    sound = {id(one) for world in (fuzzer.tiny, fuzzer.shipped) for one in world.documents}

    def written(lineage: tuple[Document, ...]) -> tuple[int, ...] | None:
        """Which documents a spec comes from; None where one of them is damaged."""
        key = tuple(map(id, lineage))
        return key if sound.issuperset(key) else None

    plain: dict[tuple[Any, str], Callable[..., Any]] = {
        (values, "parse"): lambda call: lru_cache(KEPT)(call),
        (build, "_typed"): lambda call: _typed_once(call, written),
        (check, "check_layer"): lambda call: _checked_once(call, written),
    }
    calls = {place: getattr(*place) for place in plain}
    for (module, name), once in plain.items():
        setattr(module, name, once(calls[module, name]))
    try:
        yield
    finally:
        for (module, name), call in calls.items():
            setattr(module, name, call)


def _typed_once(call: Callable[..., Any], written: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[Any, Any] = {}

    def typed(library: Library, kind: str, name: str, spec: Any, findings: list[Any], *more: Any) -> Any:
        try:
            key = written(tuple(library.lineage(kind, name)))
        except InputError:
            key = None
        if key in known:
            return known[key]
        before = len(findings)
        answer = call(library, kind, name, spec, findings, *more)
        if key is not None and answer is not None and len(findings) == before:
            known[key] = answer
        return answer

    return typed


def _checked_once(call: Callable[[Layer], Iterator[Diagnostic]], written: Callable[..., Any]) -> Any:
    known: dict[Any, list[Diagnostic]] = {}

    def checked(layer: Layer) -> list[Diagnostic]:
        key = written(layer.lineage)
        if key is None:
            return list(call(layer))
        if key not in known:
            known[key] = list(call(layer))
        return known[key]

    return checked
