"""dynapspec: YAML specs of neuromorphic vision chips, and everything that is generated from them.

The packages follow the pipeline, and imports run one way along it::

    load -> resolve -> model (with formula) -> interpret -> emit, network -> cli
"""

__version__ = "0.1.0"
