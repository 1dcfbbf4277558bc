"""Names that a spec cannot give: Python's own, and those that generated code uses for itself."""

from __future__ import annotations

import builtins
import keyword
import sys

# Locals, parameters, functions and imports of the generated package, besides what specs name themselves.
_GENERATED = """
ABOVE_ALL ALONE AVAILABLE AXES Any ArrayLike BELOW_ALL BLOCK Block Bound Bounds CHIPS CHOSEN CHUNK
CODE CODE_1 CODE_2 CODE_4 Callable Chip Compiler ConfigurationError Configured Core CoreContent
DENSEST DEVICES Destination EXACT FEW FIELD Function Geometry HAS_FLOOR HOOKS IAFSqueeze INTRINSIC
Integral Ints Iterable Iterator Kernel LANES LARGE LEAST LIBRARIES LITTLE LayerDims LazyModuleMixin
Levels Limit MOST Mapping MembraneReset_by_v MembraneSubtract_by_n MembraneSubtract_by_v NAMES
NDArray NOTHING NO_POOL NUMBA NamedTuple OF_MASK OPEN PAGE PART PARTS PATHS PIECE Parts Path
Placement PlacementError Pool Quantized RESET_FNS RULES Real Result Rule SAMPLE SETTINGS SMALLEST
SPEC SPIKE_FNS SQRT_2_PI STATELESS STATES SURROGATES Sequence Shape SimpleNamespace Sizes Span
Spiking State SumPool2d Surrogate THRESHOLD TYPE_CHECKING Tables Tensor ThreadPoolExecutor
TypeAlias TypeVar UNDEFINED UNUSED Values Verdicts Violation WIDTH WIDTHS Way Wiring Words a acc
across activations actual add address alive alone amount annotations apart apply args arguments
arithmetic array arrays arrivals arriving asked assigned at at_once away axes axis b back backend
backward bandwidth base batch batch_of batch_size before biases bins blank block blocks bound
bounds broken buffers builder by_neuron cache cached_property came candidates cast cause ceil_log2
ceil_mode cell cells changed channels check chip chips choose chosen chunk clause clock code codes
column columns common competing compiled condition config configuration context contextmanager copy
core cores cores_for cost costs count counts ctx ctypes d data dataclass decode deepcopy default
defaults define_pipelines depth derive derived describe device devices dilation dim dimensions dims
discretize_conv_spike discretize_conv_spike_ doc does_spike domain each edge emitted empty encode
end ends engine entries entry evaluate event events every extra_repr far fast feature feature_size
features few field find_spec fired first fits fitting fixed flat floor floor_by_v floored folder
follow forced forget forward found frame frame_at frame_core frame_end frame_left frame_way
from_data from_threshold function functional functions functions_of g g_end g_out g_v g_x
generate_vmap_rule geometries geometry get_neuron_shape get_output_shape gi given gn gn_ gone gpu
gpu_kernels grad_outputs graded group gv gv_ has_floor have height held here high hit holder holds
hooks how hull i image images import_module index indices init_state_with_shape inlined inner
inner_at input_data inputs inside into intrinsic ir is_parametrized is_rule is_state_initialised
item items itertools j judge k kept kernel_columns kernel_of kernel_rows kernel_size kernels key
kind known kwargs kx ky lane lanes lanes_of_word large largest largest_input last layer
layer_without_gradient layers layout leak leak_period leaks least leave leaves leaving left legal
length level levels library like limit limits line linear log logged logging longer look looks loop
lost low lower lru_cache made map_of map_size maps mask masks math maximum members memo memory
memory_summary message middle min_v_mem minimum missed missing mmap module monitored most moved n
n0 n0_ n1 n1_ name name_of names needed network neurons neurons_backward nn norm_type normal np
nullcontext num_timesteps numba number numbers numpy object_of odd of of_row of_threshold offset on
on_map one one_of onward operators order os other others otherwise ours out outer outer_at
outer_slot outer_weight output own owner owners p p0 p1 p1_0 p2 p2_0 p3 p4 p4_0 p4_1 p4_2 p4_3 p4_4
pack packed padding pair pairs pairwise parameters params part parts path period piece pieces place
placement places plain polarity pool_dims pooled pooled_shape pooling pools pools_of position
positions positive potentials pow2 precision prefix prepare_state prod product quantization
quantize raised randomize reach reached readout reads reason receive received record record_states
recordings reduce refusal refusals refused remedy replace required_states rescale rescaled reset
reset_fn reset_states rest right room round_down round_half_even round_half_up round_up rounded
rounds_never row rows rule rules run run_length run_slot run_weight runs same samples saved scalar
scale scale_of scales second seconds seen self semantics sensed sensor sent set_by set_to_none
settings setup_context several shape shapes share shift signature simulate simulate_batch
simulate_events simulation sinabs single size sizes skipped slot slot_of slot_row slots small some
sound source space span spans sparse spatial spike spike_fn spike_threshold spikes spikes_ spiking
spread start started starts state state_dict states step steps steps_within strange stretches
stride sum_pool sum_pool_of sum_pools_of summary sums surrogate surrogate_grad_fn synapses synops
sys t table tables tables_of taken takes tall tap taps target targets tensor tensors tensors_of
text texts theirs then third threading threads tick time times tl to to_int top torch total triton
trunc turned typing undefined union unknown unless used using v v0 v0_ v1 v1_ v2 v2_ v3 v_end v_mem
value value_ranges values vector verdicts version violation violations waiting wanted warnings way
ways weight weight_at weight_base weight_row weights what where which whole wide widest widths
window_columns window_of window_rows wiring wiring_of word words work workers write written y zero
zero_grad
"""
GENERATED = frozenset(_GENERATED.split())
# What stands beside a generated package, or what it imports.
PACKAGES = frozenset(
    ["conformance", "docs", "dynapspec", "numba", "numpy", "schemas", "sinabs", "torch", "triton"]
)


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
