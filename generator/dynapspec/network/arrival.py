"""The one input map that several sources make, and what becomes of weights behind sources of different scale.

The chip adds what arrives at a core, and shifts the features of each source as it is told. A model
that adds an average to a sum has no such layer: the two then arrive at features of their own, and
the weights are there twice, each divided by what its source is too large.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dynapspec.diagnostics import InputError, Span, fail
from dynapspec.network.network import Joined, Shape, Source, Tap
from dynapspec.network.places import span_in

SCALES = 2  # that one merge may have: each takes weights of its own


@dataclass(frozen=True, slots=True)
class Strand:
    """One source in an input map: which of the layer's inputs it is, its features from a first one on."""

    place: int
    shift: int
    shape: Shape
    scale: int


@dataclass(frozen=True, slots=True)
class Band:
    """Features that belong together, with every source that arrives there."""

    start: int
    features: int
    strands: tuple[Strand, ...]

    @property
    def scales(self) -> list[int]:
        """The different scales that arrive."""
        return list(dict.fromkeys(strand.scale for strand in self.strands))


@dataclass(frozen=True, slots=True)
class Arrival:
    """The map that a layer receives.

    Attributes:
        stated: the map as the model has it.
        shape: the map as the core receives it.
        strands: where each source arrives.
        rescale: what the weights are divided by, where it is the same for all of them.
        bands: the columns of the weights and what each is divided by, where it is not the same.
    """

    stated: Shape
    shape: Shape
    strands: tuple[Strand, ...]
    rescale: int = 1
    bands: tuple[tuple[int, int, int], ...] = ()


def arrive(source: Source, shapes: Sequence[Shape], place: str, span: Span | None = None) -> Arrival:
    """How sources of these shapes make one map.

    Raises:
        InputError: they make none.
    """
    bands = _Layout(shapes, place, span).lay(source)
    _, height, width = bands[0].strands[0].shape
    features = sum(band.features for band in bands)
    stated = features, height, width
    scales = {scale for band in bands for scale in band.scales}
    if len(scales) == 1:
        moved = [replace(s, shift=s.shift + band.start) for band in bands for s in band.strands]
        return Arrival(stated, stated, _in_order(moved), scales.pop())
    return _apart(bands, stated, place, span)


def _apart(bands: list[Band], stated: Shape, place: str, span: Span | None) -> Arrival:
    """Each scale at features of its own."""
    cuts: list[tuple[int, int, int]] = []
    moved: list[Strand] = []
    offset = 0
    for band in bands:
        if len(band.scales) > SCALES:
            listed = ", ".join(map(str, band.scales))
            hint = "pool them alike, or sum in place of averaging"
            told = f"{place} adds inputs of {len(band.scales)} different scales ({listed})"
            raise fail("scale", f"{told}, and a core has one set of weights", span, hint)
        for scale in band.scales:
            moved += [replace(s, shift=s.shift + offset) for s in band.strands if s.scale == scale]
            cuts.append((band.start, band.features, scale))
            offset += band.features
    shape = offset, stated[1], stated[2]
    return Arrival(stated, shape, _in_order(moved), 1, tuple(cuts))


def _in_order(strands: list[Strand]) -> tuple[Strand, ...]:
    return tuple(sorted(strands, key=lambda strand: strand.place))


class _Layout:
    """Lays sources into bands of features; ``shapes`` are those of the sources in their order."""

    def __init__(self, shapes: Sequence[Shape], place: str, span: Span | None) -> None:
        self.place, self.span = place, span
        self._left: Iterator[tuple[int, Shape]] = iter(enumerate(shapes))

    def lay(self, source: Source) -> list[Band]:
        """The bands of one source or of several that are joined, from feature 0 on."""
        if isinstance(source, Tap):
            place, shape = next(self._left)
            return [Band(0, shape[0], (Strand(place, 0, shape, source.scale),))]
        parts = [self.lay(part) for part in source.parts]
        self._refuse_other_maps(source, parts)
        return _behind(parts) if source.kind == "concat" else self._added(source, parts)

    def _refuse_other_maps(self, joined: Joined, parts: list[list[Band]]) -> None:
        shapes = [(sum(b.features for b in bands), *bands[0].strands[0].shape[1:]) for bands in parts]
        kept = slice(0, None) if joined.kind == "add" else slice(1, None)
        if len({shape[kept] for shape in shapes}) > 1:
            maps = " and ".join("x".join(map(str, shape)) for shape in shapes)
            where = joined.place or self.place
            what = "adds maps" if joined.kind == "add" else "puts the features together of maps"
            hint = "pool or pad until their " + ("shapes" if joined.kind == "add" else "rows and columns")
            span = span_in(where) or self.span
            raise fail("shape-mismatch", f"{where} {what} of {maps}", span, f"{hint} are the same")

    def _added(self, joined: Joined, parts: list[list[Band]]) -> list[Band]:
        cuts = [[(band.start, band.features) for band in bands] for bands in parts]
        if all(cut == cuts[0] for cut in cuts):
            rows = zip(*parts, strict=True)
            return [replace(row[0], strands=tuple(s for band in row for s in band.strands)) for row in rows]
        strands = [replace(s, shift=s.shift + b.start) for bands in parts for b in bands for s in b.strands]
        if len({strand.scale for strand in strands}) > 1:
            raise self._mixed(joined)
        return [Band(0, sum(band.features for band in parts[0]), tuple(strands))]

    def _mixed(self, joined: Joined) -> InputError:
        where = joined.place or self.place
        told = f"{where} adds maps that are joined in different ways, and are of different scales"
        return fail(
            "scale", told, span_in(where) or self.span, "pool them alike, or sum in place of averaging"
        )


def _behind(parts: list[list[Band]]) -> list[Band]:
    """Bands one behind the other."""
    made: list[Band] = []
    offset = 0
    for bands in parts:
        made += [replace(band, start=band.start + offset) for band in bands]
        offset += sum(band.features for band in bands)
    return made


def widened(weight: Any, features: int, bands: Sequence[tuple[int, int, int]]) -> Any:
    """Weights with the columns of each band, divided by its scale; an array of NumPy or torch."""
    columns = weight.reshape(weight.shape[0], features, -1)
    parts = [columns[:, start : start + count] / scale for start, count, scale in bands]
    wide = beside(parts)
    rest = (-1,) if weight.ndim == 2 else (wide.shape[1], *weight.shape[2:])
    return wide.reshape(weight.shape[0], *rest)


def beside(parts: Sequence[Any]) -> Any:
    """Arrays of NumPy or torch, one behind the other in their second axis."""
    if hasattr(parts[0], "detach"):
        import torch

        return torch.cat(list(parts), 1)
    import numpy

    return numpy.concatenate(list(parts), 1)
