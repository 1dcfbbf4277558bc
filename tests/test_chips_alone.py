"""The chips need neither torch nor NumPy, nor anything but the standard library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dynapcnn

PACKAGES = Path(str(dynapcnn.__file__)).parents[1]

SCRIPT = f"""
import sys
sys.path.insert(0, {str(PACKAGES)!r})
import dynapcnn, dynapcnn.chips, dynapcnn.memory, dynapcnn.shapes, dynapcnn.rules, dynapcnn.placement
from dynapcnn.chips import CHIPS, speck2f
from dynapcnn.shapes import LayerDims

layer = LayerDims(c=1, f=20, c_in=1, h=28, w=28, kh=5, kw=5, v_floor=-1)
assert speck2f.check(layer) == []
assert speck2f.cores_for(layer) == [0, 1, 2, 3, 4]
assert speck2f.place([layer] * 5).cores == [0, 1, 2, 3, 4]
assert dynapcnn.memory.kernel_words(1, 20, 5, 5) == 1024
assert "DynapcnnLayer" in dir(dynapcnn)
foreign = {{
    name.split(".")[0]
    for name, module in sys.modules.items()
    if getattr(module, "__file__", None) and name.split(".")[0] not in sys.stdlib_module_names
}}
print(sorted(foreign))
"""


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *flags, "-c", SCRIPT]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_with_the_standard_library_alone() -> None:
    """Isolated and without site-packages: a third-party import would fail here."""
    done = run("-I", "-S")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['dynapcnn']"


def test_torch_is_not_imported_where_it_could_be() -> None:
    done = run()
    assert done.returncode == 0, done.stderr
    assert "torch" not in done.stdout
    assert "numpy" not in done.stdout


def test_the_layer_is_imported_when_it_is_asked_for() -> None:
    lines = [
        f"import sys; sys.path.insert(0, {str(PACKAGES)!r})",
        "import dynapcnn",
        "assert 'torch' not in sys.modules",
        "dynapcnn.DynapcnnLayer",
        "assert 'torch' in sys.modules",
    ]
    command = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
