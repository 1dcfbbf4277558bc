"""Hand-written reference model of one DYNAP-CNN / Speck core, from the hardware's point of view.

It exists to be compared with, so it shares nothing with what it is compared with: the standard library and
NumPy are all it imports, and where it can lay things out and count them it does not use a closed formula.
It is slow on purpose. Where the public sources are silent, the docstrings say what was assumed.

=================  =====================================================================================
``memory``         address of every kernel, neuron and bias word as packed bit fields; the address space
``shapes``         number of window positions, neuron map and pooled map, by counting
``quantization``   the shared-scale quantizer in NumPy float32, bit for bit
``neurons``        clocked stepping in float32, event-driven stepping in Python integers
``layer``          convolution tap by tap, neurons, sum pooling; a linear layer as a convolution
``placement``      the lexicographically smallest placement and Hall violators, by enumeration
``rules``          the limits of a Speck 2f, as plain ifs
=================  =====================================================================================
"""

from . import layer, memory, neurons, placement, quantization, rules, shapes

__all__ = ["layer", "memory", "neurons", "placement", "quantization", "rules", "shapes"]
