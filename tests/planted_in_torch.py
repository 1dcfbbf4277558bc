"""Mistakes to plant in the parts of the generated package that calculate with arrays."""

from __future__ import annotations

from planted_mistake import Mistake

QUANTIZATION = [
    Mistake(
        "true-division",
        "quantization.py",
        "abs(1 / x.max() * highest(bits))",
        "abs(torch.tensor(float(highest(bits))) / x.max())",
    ),
    Mistake("symmetric-range", "quantization.py", " * (-lowest(bits) / highest(bits)):", ":"),
    Mistake(
        "positive-side-always",
        "quantization.py",
        "if abs(x.min()) <= abs(x.max())",
        "if True or abs(x.max())",
    ),
    Mistake(
        "double-precision",
        "quantization.py",
        "def scale_of(x: Tensor, bits: int) -> Tensor:",
        "def scale_of(x: Tensor, bits: int) -> Tensor:\n    return _exact(x.double(), bits).float()\n\n\n"
        "def _exact(x: Tensor, bits: int) -> Tensor:",
    ),
    Mistake(
        "half-up", "quantization.py", "return torch.round(x * scale)", "return torch.floor(x * scale + 0.5)"
    ),
    Mistake("truncated", "quantization.py", "return torch.round(x * scale)", "return torch.trunc(x * scale)"),
    Mistake(
        "half-away",
        "quantization.py",
        "return torch.round(x * scale)",
        "return torch.sign(x) * torch.floor(abs(x * scale) + 0.5)",
    ),
    Mistake("wide-biases", "quantization.py", '"bias": 8', '"bias": 16'),
    Mistake("absent-floor", "quantization.py", '_ABSENT = {"v_floor": -32768}', '_ABSENT = {"v_floor": -1}'),
    Mistake("floor-sets-no-scale", "quantization.py", '["v_floor", "threshold"]', '["threshold"]'),
    Mistake("state-in-weight-words", "quantization.py", '"potentials": ("state"', '"potentials": ("weight"'),
    Mistake("largest-scale", "quantization.py", "set_by = min(scales", "set_by = max(scales"),
    Mistake("rescale-multiplies", "quantization.py", "return weight / rescale", "return weight * rescale"),
    Mistake(
        "rescale-by-reciprocal", "quantization.py", "return weight / rescale", "return weight * (1 / rescale)"
    ),
    Mistake("negative-threshold", "quantization.py", "if threshold <= 0:", "if threshold == 0:"),
    Mistake("bias-not-quantized", "quantization.py", 'conv.bias.data = words["bias"]', "pass"),
]
NEURONS = [
    Mistake(
        "rounded-spikes",
        "activations.py",
        'return ((v > 0) * torch.div(v, threshold, rounding_mode="trunc"))',
        "return ((v > 0) * torch.round(v / threshold))",
    ),
    Mistake(
        "negative-spikes",
        "activations.py",
        'return ((v > 0) * torch.div(v, threshold, rounding_mode="trunc"))',
        'return (torch.div(v, threshold, rounding_mode="trunc"))',
    ),
    Mistake("strict-threshold", "activations.py", "(v - threshold >= 0)", "(v - threshold > 0)"),
    Mistake(
        "no-bound-on-spikes",
        "activations.py",
        '(minimum((v > 0) * torch.div(v, threshold, rounding_mode="trunc"), max_num_spikes_per_bin))',
        '((v > 0) * torch.div(v, threshold, rounding_mode="trunc"))',
    ),
    Mistake("subtracts-once", "activations.py", "v - n * subtract_value", "v - (n > 0) * subtract_value"),
    Mistake("reset-of-silent-neurons", "activations.py", "reset_value * (n != 0)", "reset_value"),
    Mistake("reset-ignored", "activations.py", "v * (n == 0) + reset_value", "v + reset_value"),
    Mistake(
        "floor-before-spike",
        "neurons.py",
        "        v = v + input\n",
        "        v = v + input\n"
        "        if self.min_v_mem is not None:\n            v = torch.maximum(v, self.min_v_mem)\n",
    ),
    Mistake(
        "plain-maximum",
        "neurons.py",
        "v = torch.relu(v - v_floor) + v_floor",
        "v = torch.maximum(v, v_floor)",
    ),
    Mistake("no-floor", "neurons.py", "v = torch.relu(v - v_floor) + v_floor", "pass"),
    Mistake(
        "state-forgotten",
        "neurons.py",
        "spikes, self.v_mem = self.steps(steps, self.v_mem)",
        "spikes, _ = self.steps(steps, self.v_mem)",
    ),
    Mistake(
        "time-major",
        "neurons.py",
        "return torch.stack(spikes, 1), v",
        "return torch.stack(spikes, 0), v",
    ),
]
SIMULATION = [
    Mistake(
        "strict-event",
        "simulation.py",
        "np.asarray(v - threshold >= 0, np.int64)",
        "np.asarray(v - threshold > 0, np.int64)",
    ),
    Mistake(
        "several-spikes",
        "simulation.py",
        "np.asarray(v - threshold >= 0, np.int64)",
        "np.maximum(v // threshold, 0)",
    ),
    Mistake(
        "no-remainder",
        "simulation.py",
        "return np.asarray(v - n * subtract_value, np.int64)",
        "return np.asarray(v * (n == 0), np.int64)",
    ),
    Mistake(
        "reset-keeps",
        "simulation.py",
        "return np.asarray(v * (n == 0) + reset_value * (n != 0), np.int64)",
        "return np.asarray(v - n, np.int64)",
    ),
    Mistake(
        "event-floor-before-reset",
        "simulation.py",
        "        v = self._reset(v, n)\n",
        "        v = self._reset(np.maximum(v, v_floor or -(10**9)), n)\n        v_floor = None\n",
    ),
    Mistake(
        "leak-without-floor",
        "simulation.py",
        "v_floor, bias = self.v, self.v_floor, self.words.bias[:, None, None]",
        "v_floor, bias = self.v, None, self.words.bias[:, None, None]",
    ),
    Mistake("leak-twice", "simulation.py", "        v = v + bias\n", "        v = v + 2 * bias\n"),
    Mistake("tick-too-late", "simulation.py", "and time >= tick:", "and time > tick + 1000:"),
    Mistake("visit-order", "simulation.py", "for axis in (0, 2, 1)", "for axis in (2, 1, 0)"),
    Mistake(
        "convolution-for-correlation",
        "wiring.py",
        "offset = position + padding - taps",
        "offset = position - padding + taps",
    ),
    Mistake("stride-ignored-on-silicon", "wiring.py", "(offset % stride == 0) & ", ""),
    Mistake("dilation-ignored-on-silicon", "wiring.py", "- taps * dilation", "- taps"),
    Mistake(
        "pooling-ignored-on-silicon",
        "simulation.py",
        "row, column = y // way.pool[0], x // way.pool[1]",
        "row, column = y, x",
    ),
    Mistake(
        "cut-windows-kept",
        "simulation.py",
        "if row >= target.input_shape[1] or column",
        "row = min(row, target.input_shape[1] - 1)\n    if column",
    ),
]
LAYER = [
    Mistake("average-pooling", "pooling.py", "ceil_mode, divisor_override=1", "ceil_mode"),
    Mistake(
        "windows-overlap",
        "pooling.py",
        "self.stride = self.kernel_size if stride is None",
        "self.stride = (1, 1) if stride is None",
    ),
    Mistake(
        "linear-by-column",
        "layer.py",
        ".reshape(-1, features, height, width)",
        ".reshape(-1, features, width, height).transpose(2, 3)",
    ),
    Mistake("linear-without-bias", "layer.py", "linear.bias.detach().clone())", "linear.bias.detach() * 0)"),
    Mistake(
        "rescale-ignored", "layer.py", "if rescale_weights != 1:", "if rescale_weights != rescale_weights:"
    ),
    Mistake("caller-changed", "layer.py", "    copy = deepcopy(conv)\n", "    copy = conv\n"),
    Mistake("caller-neurons-changed", "layer.py", "spiking: Any = deepcopy(spk)", "spiking: Any = spk"),
    Mistake("gradients-kept", "layer.py", "        super().zero_grad(set_to_none)\n", ""),
    Mistake("not-finite-accepted", "layer.py", "not torch.isfinite(value).all()", "False"),
    Mistake("vanished-threshold-accepted", "layer.py", "        _check_threshold(spiking)\n", ""),
    Mistake("rules-of-the-class-ignored", "layer.py", "        if broken:\n", "        if False:\n"),
    Mistake("never-discretized", "layer.py", "        if discretize:\n", "        if not discretize:\n"),
]

ARRAYS = [*QUANTIZATION, *NEURONS, *SIMULATION, *LAYER]
