"""A network as the configuration of a chip: every field of a small one written down by hand."""

from __future__ import annotations

from typing import Any

import pytest

from dynapspec.diagnostics import InputError
from dynapspec.export import Options, Sensor
from dynapspec.export import export as exported
from dynapspec.network import load
from dynapspec.network.conversion import DoesNotFitError
from export_kit import OFF_CORE, OFF_PLACE, SPECK2, SPECS, conv, dynapcnn, layer, nn, torch, two_layers


def export(model: Any, chip: str = "speck2f", shape: Any = None, **options: Any) -> dict[str, Any]:
    return exported(model, chip, shape, Options(**options), SPECS)


FIRST = {
    "dimensions": {
        "input_shape": {"feature_count": 1, "size": {"x": 3, "y": 4}},
        "output_shape": {"feature_count": 2, "size": {"x": 2, "y": 3}},
        "kernel_size": 2,
        "stride": {"x": 2, "y": 1},
        "padding": {"x": 1, "y": 0},
    },
    "weights": [[[[1, 3], [2, 4]]], [[[-5, 7], [0, -8]]]],
    "biases": [-3, 2],
    "leak_enable": True,
    "return_to_zero": False,
    "threshold_high": 10,
    "threshold_low": -12,
    "monitor_enable": False,
    "neurons_initial_value": [[[0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]],
    "destinations": [{"layer": 1, "enable": True, "pooling": 2, "feature_shift": 0}, OFF_PLACE],
}
SECOND = {
    "dimensions": {
        "input_shape": {"feature_count": 2, "size": {"x": 1, "y": 1}},
        "output_shape": {"feature_count": 2, "size": {"x": 1, "y": 1}},
        "kernel_size": 1,
        "stride": {"x": 1, "y": 1},
        "padding": {"x": 0, "y": 0},
    },
    "weights": [[[[6]], [[-7]]], [[[8]], [[9]]]],
    "biases": [0, 0],
    "leak_enable": False,
    "return_to_zero": False,
    "threshold_high": 5,
    "threshold_low": -5,
    "monitor_enable": True,
    "neurons_initial_value": [[[0]], [[0]]],
    "destinations": [OFF_PLACE, OFF_PLACE],
}
OFF_SENSOR = {
    "merge": False,
    "pass_sensor_events": False,
    "monitor_enable": False,
    "raw_monitor_enable": False,
    "destinations": [{"layer": 0, "enable": False}] * 2,
}


def test_every_field_of_two_layers() -> None:
    """The first layer is the example of the fact sheet, whose weights another program turned too."""
    found = export(two_layers())
    own = {**SPECK2, "output_decimator_interval": 0}
    off = {**OFF_CORE, **SPECK2}
    assert found["cnn_layers"] == [{**FIRST, **own}, {**SECOND, **own}, *[off] * 7]
    assert found["dvs_layer"] == OFF_SENSOR
    assert found["readout"] == {"enable": False}
    assert found.keys() == {"cnn_layers", "dvs_layer", "readout"}


def test_a_chip_with_kill_bits() -> None:
    """They are true where a weight or bias is 0, at the place where the weight itself stands."""
    found = export(two_layers(), "speck2b")
    core = found["cnn_layers"][0]
    assert core["weights"] == [[[[1, 3], [2, 4]]], [[[-5, 7], [0, -8]]]]
    assert core["weights_kill_bit"] == [[[[False] * 2] * 2], [[[False, False], [True, False]]]]
    assert core["biases_kill_bit"] == [False, False]
    assert core["neurons_value_kill_bit"] == [[[False] * 3] * 2] * 2
    assert found["cnn_layers"][1]["biases_kill_bit"] == [True, True]
    assert "readout" not in found
    assert "output_decimator_enable" not in core


def test_a_chip_of_five_cores() -> None:
    """Layer 0 has a bias, which cores 0 to 2 do not hold."""
    cores = export(two_layers(), "speck2cmini")["cnn_layers"]
    assert [one.get("weights") is not None for one in cores] == [True, False, False, True, False]
    assert cores[3]["biases"] == [-3, 2]
    assert cores[3]["destinations"][0] == {"layer": 0, "enable": True, "pooling": 2, "feature_shift": 0}


def test_trained_weights_become_words() -> None:
    """0.5 is the largest: 127 / 0.5 = 254 is the scale, and -63.5 is a tie that goes to the even -64."""
    model = nn.Sequential(conv([[[[0.5]]], [[[-0.25]]], [[[0.1]]]]), nn.ReLU())
    core = export(model, shape=(1, 2, 2))["cnn_layers"][0]
    assert core["weights"] == [[[[127]]], [[[-64]]], [[[25]]]]
    assert (core["threshold_high"], core["threshold_low"]) == (254, -254)


def test_a_fully_connected_layer_is_a_kernel_over_its_map() -> None:
    """Values 0 to 5 in a map of two rows and three columns, and a square one of 2x2."""
    linear = nn.Linear(4, 1, bias=False)
    linear.weight.data = torch.tensor([[1.0, 2.0, 3.0, 127.0]])
    model = nn.Sequential(nn.Flatten(), linear, nn.ReLU())
    core = export(model, shape=(1, 2, 2))["cnn_layers"][0]
    assert core["weights"] == [[[[1, 3], [2, 127]]]]
    assert core["dimensions"]["kernel_size"] == 2


@pytest.mark.parametrize(
    ("monitor", "expected"), [(None, [1]), ((), []), ((0, 1), [0, 1]), ((0,), [0]), ((-1,), [1])]
)
def test_monitors(monitor: Any, expected: list[int]) -> None:
    cores = export(two_layers(), monitor=monitor)["cnn_layers"]
    assert [number for number, core in enumerate(cores) if core["monitor_enable"]] == expected


def test_a_layer_that_is_not_there_cannot_be_monitored() -> None:
    with pytest.raises(InputError, match="there is no layer 2 to monitor"):
        export(two_layers(), monitor=(0, 2))


def test_the_state_is_zero_unless_it_is_asked_for() -> None:
    model = two_layers()
    model[0].spk_layer.v_mem = (torch.arange(12.0) - 4).reshape(1, 2, 3, 2)
    assert export(model)["cnn_layers"][0]["neurons_initial_value"] == [[[0] * 3] * 2] * 2
    asked = export(model, state=True)["cnn_layers"]
    assert asked[0]["neurons_initial_value"] == [[[-4, -2, 0], [-3, -1, 1]], [[2, 4, 6], [3, 5, 7]]]
    assert asked[1]["neurons_initial_value"] == [[[0]], [[0]]]  # it never ran


def test_a_state_is_quantized_with_the_rest() -> None:
    """127 / 0.5 = 254 is the scale: 0.3 becomes 76.2 and -0.7 becomes -177.8."""
    synapses = conv([[[[0.5]]], [[[-0.25]]]])
    spk = dynapcnn.IAFSqueeze(batch_size=1, spike_threshold=1.0, min_v_mem=-1.0)
    spk.v_mem = torch.tensor([[[[0.3]], [[-0.7]]]])
    core = export(nn.Sequential(synapses, spk), shape=(1, 1, 1), state=True)["cnn_layers"][0]
    assert core["neurons_initial_value"] == [[[76]], [[-178]]]


def test_resets() -> None:
    def core(reset: Any) -> Any:
        return export(layer(conv([[[[6]]]]), 5, -5, (1, 1, 1), reset_fn=reset))["cnn_layers"][0]

    assert core(dynapcnn.MembraneReset())["return_to_zero"] is True
    assert core(dynapcnn.MembraneSubtract())["return_to_zero"] is False
    with pytest.raises(InputError, match="reset_value of its MembraneReset is 2"):
        core(dynapcnn.MembraneReset(2.0))
    with pytest.raises(InputError, match="subtract_value of its MembraneSubtract is 3"):
        core(dynapcnn.MembraneSubtract(3))


def classes(count: int) -> Any:
    """A layer whose class k has the weight and the bias k + 1."""
    weight = [[[[number + 1]]] for number in range(count)]
    return layer(conv(weight, list(range(1, count + 1))), 5, -5, (1, 1, 1))


def test_the_readout_reads_every_fourth_feature() -> None:
    """Erratum: feature 4 * (k - 1) is read as class k, so that n classes take 4 * (n - 1) + 1 features."""
    found = export(classes(3), readout=True)
    core = found["cnn_layers"][0]
    spread = [1, 0, 0, 0, 2, 0, 0, 0, 3]
    assert core["weights"] == [[[[word]]] for word in spread]
    assert core["biases"] == spread
    assert core["dimensions"]["output_shape"]["feature_count"] == 9
    assert core["destinations"][0] == {"layer": 12, "enable": True, "pooling": 1, "feature_shift": 0}
    assert found["readout"] == {"enable": True}


def test_spreading_changes_no_other_word() -> None:
    """Also where all weights are negative: the zeros between them set no scale."""
    for sign in (1, -1):
        synapses = conv([[[[0.5 * sign]]], [[[0.1 * sign]]]])
        model = nn.Sequential(synapses, nn.ReLU())
        plain = export(model, shape=(1, 1, 1))["cnn_layers"][0]
        spread = export(model, shape=(1, 1, 1), readout=True)["cnn_layers"][0]
        assert [spread["weights"][0], spread["weights"][4]] == plain["weights"]
        assert spread["threshold_high"] == plain["threshold_high"]


def test_a_readout_tells_so_many_classes_apart() -> None:
    assert (
        export(classes(15), readout=True)["cnn_layers"][0]["dimensions"]["output_shape"]["feature_count"]
        == 57
    )
    with pytest.raises(InputError, match="16 classes, and the readout tells 15 apart"):
        export(classes(16), readout=True)


@pytest.mark.parametrize("chip", ["speck2b", "dynapcnndevkit"])
def test_a_chip_without_a_readout(chip: str) -> None:
    with pytest.raises(InputError, match=f"nothing is known of a readout on {chip}"):
        export(classes(3), chip, readout=True)


def test_the_sensor() -> None:
    """A map of 4 rows and 3 columns from row 5 and column 6 on, after pooling by 2; one polarity."""
    sensor = Sensor(pooling=2, origin=(5, 6), monitored=True)
    assert export(two_layers(), sensor=sensor)["dvs_layer"] == {
        "merge": True,
        "on_channel": True,
        "off_channel": True,
        "mirror": {"x": False, "y": False},
        "mirror_diagonal": False,
        "pooling": {"x": 2, "y": 2},
        "origin": {"x": 6, "y": 5},
        "cut": {"x": 8, "y": 8},
        "pass_sensor_events": True,
        "monitor_enable": True,
        "raw_monitor_enable": False,
        "destinations": [{"layer": 0, "enable": True}, {"layer": 0, "enable": False}],
    }


def test_both_polarities_are_two_features() -> None:
    """A full map of 64 rows ends at row 63."""
    model = layer(conv([[[[1]], [[2]]]]), 5, -5, (2, 64, 64))
    found = export(model, sensor=Sensor(pooling=2))["dvs_layer"]
    assert (found["merge"], found["cut"]) == (False, {"x": 63, "y": 63})


@pytest.mark.parametrize(
    ("shape", "sensor", "told"),
    [
        ((1, 4, 4), Sensor(pooling=3), "pools by 1 or 2 or 4, not by 3"),
        ((1, 65, 4), Sensor(pooling=2), "the network takes 65x4"),
        ((1, 4, 4), Sensor(origin=(0, 125)), "from row 0 and column 125 on, and the sensor has 128x128"),
        ((1, 4, 4), Sensor(origin=(-1, 0)), "from row -1"),
        ((3, 4, 4), Sensor(), "there is no way to write c_in = 3"),
    ],
)
def test_what_the_sensor_cannot_give(shape: Any, sensor: Sensor, told: str) -> None:
    model = layer(conv([[[[1]]] * shape[0]], stride=2), 5, -5, shape)
    with pytest.raises(InputError, match=told):
        export(model, sensor=sensor)


def test_what_has_no_weights_is_refused() -> None:
    network = load(SPECS / "networks" / "sinabs-mnist.yaml", specs=SPECS)
    with pytest.raises(InputError) as told:
        export(network)
    assert {finding.code for finding in told.value.diagnostics} == {"no-weights"}
    assert len(told.value.diagnostics) == 5


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DoesNotFitError, match="stride"):
        export(layer(conv([[[[1]]]], stride=3), 5, -5, (1, 9, 9)))


def test_averages_become_sums_and_smaller_weights() -> None:
    """An average over 2x2 is a quarter of the sum: the weights behind it are divided by 4, as fit says."""
    model = nn.Sequential(
        conv([[[[1.0]]]]), nn.ReLU(), nn.AvgPool2d(2), conv([[[[1.0]]], [[[0.5]]]]), nn.ReLU()
    )
    cores = export(model, shape=(1, 4, 4))["cnn_layers"]
    assert cores[0]["destinations"][0]["pooling"] == 2
    assert cores[1]["weights"] == [[[[127]]], [[[64]]]]
    assert cores[1]["threshold_high"] == 508


def test_numbers_are_plain() -> None:
    def kinds(value: Any) -> set[type]:
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            return set().union(*map(kinds, value)) if value else set()
        return {type(value)}

    assert kinds(export(two_layers(), readout=True, sensor=Sensor())) == {int, bool}
