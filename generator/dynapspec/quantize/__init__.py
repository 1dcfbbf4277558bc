"""What quantization does to a network: by its words, and by what they do to a recording."""

from __future__ import annotations

from dynapspec.quantize.compare import Comparison, LayerComparison, compared
from dynapspec.quantize.layer import Histogram, LayerQuantization, Setter, Words
from dynapspec.quantize.report import QuantizationReport, quantization_report

__all__ = [
    "Comparison",
    "Histogram",
    "LayerComparison",
    "LayerQuantization",
    "QuantizationReport",
    "Setter",
    "Words",
    "compared",
    "quantization_report",
]
