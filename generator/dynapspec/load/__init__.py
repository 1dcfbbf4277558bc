"""From files to documents: every scalar keeps its place."""

from dynapspec.load.locate import find_specs
from dynapspec.load.node import Mapping, Node, Scalar, Sequence, plain
from dynapspec.load.reader import read_file, read_text

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "find_specs", "plain", "read_file", "read_text"]
