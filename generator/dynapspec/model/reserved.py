"""Names that a spec cannot give: Python's own, and those that generated code uses for itself."""

from __future__ import annotations

import builtins
import keyword
import sys

# Locals, parameters, functions and imports of the generated package, besides what specs name themselves.
_GENERATED = """
AXES Any ArrayLike Block Bound CHIPS Callable Chip ConfigurationError Configured Core CoreContent
Destination IAFSqueeze Integral Ints Iterable LayerDims LazyModuleMixin Limit Mapping NDArray
Parts Placement PlacementError Pool Quantized RULES Real Result Rule SPEC Sequence SimpleNamespace
Sizes Spiking State SumPool2d Surrogate TYPE_CHECKING Tensor TypeAlias TypeVar UNUSED Values
Violation WIDTHS activations actual address alone annotations apply args arithmetic array arrays
arrivals assigned axes axis backward bandwidth batch_size block blocks bound broken buffers
cached_property candidates cause ceil_log2 ceil_mode changed check chip chips choose chosen clause
column columns common competing configuration copy core cores cores_for count counts ctx d data
dataclass decode deepcopy depth derive derived describe devices dimensions dims
discretize_conv_spike discretize_conv_spike_ doc does_spike encode evaluate event events
extra_repr feature features field fired first fits fixed flat floor follow forward found from_data
functional get_neuron_shape get_output_shape grad_outputs group have height held high hit holder
holds how import_module index indices init_state_with_shape input_data is_parametrized
is_state_initialised item items k kept kernel_columns kernel_rows kernel_size key kind known
kwargs largest last layer layers layout leak leak_period least leave leaving level like limit
limits linear lost low lower math maximum members memo memory memory_summary message min_v_mem
minimum module monitored most n name names neurons nn norm_type normal np num_timesteps number
numbers numpy object_of offset one one_of order other own owner owners pair pairwise part parts
path place placement polarity pool_dims pooling pools pools_of position potentials pow2 prefix
prod product quantization quantize randomize readout reason receive record_states recordings
refusal refusals remedy replace required_states rescale rescaled reset_fn reset_states rest
round_half_up rounded row rows rule rules saved scale scale_of scales second seen self semantics
sensor set_by set_to_none shape shapes shift simulate_events simulation sinabs size sizes slot_of
slots some source space spike_fn spike_threshold spikes spiking start state state_dict step steps
stride sum_pool sum_pool_of sum_pools_of summary sums surrogate_grad_fn synapses sys taps target
tensor tensors tensors_of text tick time to to_int torch total turned used v v_mem value
value_ranges values version violation wanted warnings weight what whole widths word words write
written y zero zero_grad
"""
GENERATED = frozenset(_GENERATED.split())
# What stands beside a generated package, or what it imports.
PACKAGES = frozenset(["conformance", "docs", "dynapspec", "numba", "numpy", "schemas", "sinabs", "torch"])


def in_code(name: str) -> str:
    """Why a name cannot stand in generated code; empty when it can."""
    if keyword.iskeyword(name):
        return f"{name} is a word of Python"
    if name in dir(builtins):
        return f"{name} is a function of Python"
    return f"{name} is a name of the generated code itself" if name in GENERATED else ""


def as_package(name: str) -> str:
    """Why a package cannot have this name; empty when it can."""
    if keyword.iskeyword(name):
        return f"{name} is a word of Python"
    if name in sys.stdlib_module_names or name in dir(builtins):
        return f"{name} is a module of Python"
    return f"{name} is the name of something else that is imported or generated" if name in PACKAGES else ""
