"""``dynapspec check`` proves operators, fields and claims; what it shows is worked out by hand here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner

from bad_spec_kit import HERE, Case, specs_of
from dynapspec.cli.main import cli
from dynapspec.formula import parse
from dynapspec.formula.latex import latex
from dynapspec.formula.text import text
from dynapspec.model import load_model
from dynapspec.model.layer_claim import LayerClaim
from dynapspec.prove import Proven, Refuted, Undecided, Verdict, available
from dynapspec.prove import check as proofs
from dynapspec.prove.claims import Claims
from dynapspec.prove.confirm import Onlooker
from dynapspec.prove.operators import Operators
from dynapspec.prove.products import Products
from dynapspec.prove.ranges import Ranges
from dynapspec.prove.reach import Reach
from dynapspec.prove.remedy import Remedies
from dynapspec.prove.structure import Structure
from reference import memory

MODEL = load_model(Path(__file__).resolve().parents[1] / "specs")
LAYER = MODEL.layers["dynapcnn"]
SPEC = LAYER.spec
SPECK2F = MODEL.chips["speck2f"]
REACH = Reach(LAYER)
RANGES = Ranges(REACH)
LAYER_FILE = "layers/dynapcnn.yaml"
NEEDS_Z3 = pytest.mark.skipif(not available(), reason="NOT TESTED: z3 is not installed")


def edited(folder: Path, *edits: tuple[str, str]) -> Path:
    """The shipped specs with some edits of the layer spec."""
    return specs_of(
        replace(Case(HERE / "a" / "b.yaml"), edits=[(LAYER_FILE, *edit) for edit in edits]), folder
    )


def told(folder: Path, *edits: tuple[str, str]) -> list[tuple[str, str, str]]:
    found = proofs.prove(load_model(edited(folder, *edits))).findings
    return [(finding.code, finding.message, finding.hint) for finding in found]


def claim(**keys: object) -> LayerClaim:
    return LayerClaim.model_validate({key: tuple(v) if key == "in" else v for key, v in keys.items()})  # type: ignore[arg-type]


def witness(verdict: Verdict, *names: str) -> tuple[object, ...]:
    assert isinstance(verdict, Refuted), verdict
    return tuple(verdict.witness.layout.values[name] for name in names)


# ── At a glance ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("formula", "bounds"),
    [
        ("kh - 1", (0, 65535)),
        ("2*py - kh", (-65536, 131071)),
        ("-sy", (-65536, -1)),
        ("(h - w) // 2", (-32768, 32767)),  # -65535 // 2 rounds down
        ("h % 5", (0, 5)),  # no more is promised than that it is no more than the divisor
        ("ceil_log2(h)", (0, 16)),
        ("pow2(ceil_log2(h))", (1, 65536)),
        ("min(h, 7) + max(py, 3)", (4, 65543)),
        ("abs(h - w)", (0, 65535)),
        ("h if has_bias else py", (0, 65536)),
        ("lowest(widths.weight)", (-128, -128)),
    ],
)
def test_bounds_of_a_formula(formula: str, bounds: tuple[int, int]) -> None:
    assert RANGES.of(parse(formula)) == bounds


@pytest.mark.parametrize(
    ("formula", "operands"),
    [
        ("h // sy", []),  # a stride is at least 1
        ("h // py", ["py"]),
        ("h % (sy - 1) + h // sx", ["sy - 1"]),
        ("ceil_log2(kh*kw)", []),
        ("ceil_log2(fy)", ["fy"]),  # bounds do not see that a rule keeps it above 0
        ("pow2(ceil_log2(h) - 1)", ["ceil_log2(h) - 1"]),
        ("lowest(widths.weight - 8)", ["lowest(widths.weight - 8)"]),
    ],
)
def test_operators_that_bounds_do_not_clear(formula: str, operands: list[str]) -> None:
    found = RANGES.hazards(parse(formula))
    assert [formula[hazard.operand.start : hazard.operand.stop] for hazard in found] == operands


SMALL = {"c": 3, "f": 5, "h": 4, "w": 4, "kh": 3, "kw": 3, "sy": 2, "py": 2, "dy": 2}


def layers() -> Iterator[dict[str, int]]:
    """All layers with sizes up to a few, in which a claim can be looked up one by one."""
    for values in product(*(range(1, high + 1) for high in SMALL.values())):
        yield dict(zip(SMALL, values, strict=True))


@pytest.mark.parametrize(
    ("formula", "dim", "rises"),
    [
        ("kernel", "f", True),
        ("kernel", "kh", True),
        ("kernel", "h", True),  # it stays
        ("neuron", "h", True),
        ("neuron", "kh", False),  # a larger kernel leaves fewer neurons
        ("fy", "py", True),
        ("-kh", "kh", False),
        ("h - kh", "kh", False),
        ("h // sy", "h", True),
        ("h // sy", "sy", False),
        ("-((h - w) // sy)", "sy", False),  # of less than nothing, a larger divisor leaves more
        ("h // (w - 3)", "h", False),  # the divisor may be negative
        ("h % 3", "h", False),
        ("min(kh, 2) * f", "kh", True),
        ("(kh - 4) * f", "kh", True),
        ("(kh - 4) * f", "f", False),  # below 4 the factor is negative
        ("f if kh > 1 else c", "kh", False),
    ],
)
def test_what_the_form_of_a_formula_shows_of_its_direction(formula: str, dim: str, rises: bool) -> None:
    tree = parse(formula)
    assert Structure(REACH).never_falls(tree, dim) == rises
    if rises and dim in SMALL:  # what is shown is true of every small layer
        run = Onlooker(LAYER)
        compiled = run.interpreter.compile(tree)
        for values in [one for one in layers() if one["c"] == 1 and one["w"] == 4][::7]:
            pair = [environment(run, {**values, dim: values[dim] + step}) for step in (0, 1)]
            if all(env is not None for env in pair):
                before, after = (compiled(env) for env in pair if env is not None)
                assert before <= after, values


def environment(run: Onlooker, values: dict[str, int]) -> dict[str, int] | None:
    """Values with the shapes and memories that follow; None for a layer without neurons."""
    env: dict[str, int] = {**run.interpreter.widths, "sx": 1, "px": 0, "dx": 1, "has_bias": 0, **values}
    for name, _, shape in run.interpreter.shapes:
        env[name] = shape(env)
        if env[name] < 1:
            return None
    for name, _, words, used in run.interpreter.memories:
        env[name], env[f"{name}.used"] = words(env), used(env)
    return env


@pytest.mark.parametrize(
    ("condition", "shown"),
    [
        ("kernel.used <= kernel", True),
        ("kernel >= kernel.used", True),
        ("kernel < 4 * kernel.used", True),
        ("kernel < 2 * kernel.used", False),  # 5 taps and 5 features take 8 * 8 words, 25 are used
        ("kernel <= kernel.used", False),
        ("kernel.used < kernel", False),  # equal for one of each
        ("neuron < 4 * neuron.used", True),
        ("c * f <= c * f * kh", True),
        ("c * f < c * f * kh", False),
        ("py <= py * f", False),  # 0 is no count: nothing is promised of such factors
        ("c * pow2(ceil_log2(f)) < 2 * f * c", True),
        ("pow2(ceil_log2(f)) <= pow2(ceil_log2(f) + (ceil_log2(h) - 3))", False),
        # -2 <= -2 * 2 is false, and -2 * -1 is at least 1 for all that
        ("h - 9 <= (h - 9) * pow2(ceil_log2((h - 9) * (w - 9)))", False),
        ("f * kh == kh * f", True),
        ("f * kh == kh * c", False),
    ],
)
def test_what_factors_show(condition: str, shown: bool) -> None:
    tree = parse(condition)
    assert Products(RANGES).shows(tree) == shown
    if shown:
        run = Onlooker(LAYER)
        compiled = run.interpreter.compile(tree)
        for values in [one for one in layers() if one["py"] == 1 and one["w"] == 4][::5]:
            env = environment(run, values)
            assert env is None or compiled(env) is True, values


@pytest.mark.parametrize(
    ("formula", "by", "shown"),
    [
        ("kernel", "c", True),
        ("kernel", "f", False),
        ("neuron", "f", True),
        ("bias", "f", True),  # f or 0
        ("bias", "c", False),
        ("c * f + c", "c", True),
        ("c * f + f", "c", False),
    ],
)
def test_multiples_that_the_form_shows(formula: str, by: str, shown: bool) -> None:
    assert Structure(REACH).is_multiple(parse(formula), parse(by)) == shown


# ── What a formula hangs on ─────────────────────────────────────────────────────────────────────


def test_needs_are_inherited_from_every_value_that_is_named() -> None:
    assert REACH.needs(parse("kernel")) == set()
    assert REACH.needs(parse("fy")) == {"map-not-empty"}
    assert REACH.needs(parse("neuron.used")) == {"map-not-empty"}
    assert REACH.needs(parse("oy + 1")) == {"map-not-empty", "pooled-map-not-empty"}
    assert REACH.with_needs(["fits-a-core"]) >= {"kernel-memory", "neuron-memory", "map-not-empty"}


def test_the_key_of_a_question_tells_specs_apart(tmp_path: Path) -> None:
    def key(*edits: tuple[str, str]) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        reach = Reach(load_model(edited(folder, *edits)).layers["dynapcnn"])
        return reach.key([parse("neuron")], ["map-not-empty"])

    same = key()
    assert key(("doc: neuron memory,", "doc: memory,")) == same
    assert key(("h: {kind: pixel, domain: 1..65536", "h: {kind: pixel, domain: 0..65536")) != same
    assert key(("// sy + 1,", "// sy + 2,")) != same
    assert key(("must: dy*(kh - 1) < h + 2*py and", "must: dy*(kh - 1) <= h + 2*py and")) != same


# ── The shipped specs ───────────────────────────────────────────────────────────────────────────


@NEEDS_Z3
def test_everything_that_the_shipped_specs_state_is_proven() -> None:
    assert proofs.prove(MODEL) == proofs.Outcome([], {})


def test_a_small_layer_of_the_claims_by_hand() -> None:
    """5 features of 5 taps: 8 * 8 addresses, 25 in use, so that padding costs more than a factor of 2."""
    kernel = memory.kernel_words(1, 5, 1, 5)
    assert (kernel, 1 * 5 * 1 * 5) == (64, 25)
    assert 2 * 25 < kernel < 4 * 25
    assert set(SPEC.claims) >= {"kernel-grows", "kernel-whole-channels", "pooling-divides"}


# ── Operators ───────────────────────────────────────────────────────────────────────────────────


@NEEDS_Z3
def test_the_rule_that_mends_a_formula_is_named(tmp_path: Path) -> None:
    """One row under a kernel of two leaves (1 + 0 - 1 - 1) // 1 + 1 = 0 rows."""
    without = [(f"// {stride} + 1, needs: map-not-empty,", f"// {stride} + 1,") for stride in ("sy", "sx")]
    found = told(tmp_path / "wrong", *without)
    assert (1 + 2 * 0 - 1 * (2 - 1) - 1) // 1 + 1 == 0
    assert found[0] == (
        "leaves-domain",
        "ceil_log2 of fy, which is 0 for h = 1, kh = 2, sy = 1, py = 0, dy = 1",
        "say `needs: map-not-empty`",
    )
    assert [code for code, _, _ in found].count("leaves-domain") == 2  # the heir's are the same
    mended = ("unit: word\n    is: f * pow2", "unit: word\n    needs: map-not-empty\n    is: f * pow2")
    again = told(tmp_path / "mended", *without, mended)
    assert "leaves-domain" not in {code for code, _, _ in again}


@NEEDS_Z3
def test_a_remedy_takes_as_many_rules_as_it_must_and_no_more() -> None:
    operators = Operators(LAYER)

    def found(text: str) -> tuple[list[str] | None, bool]:
        tree = parse(text)
        (hazard,) = operators.hazards(tree)
        verdict = operators.safe(tree, hazard, [])
        assert isinstance(verdict, Refuted)
        remedies = Remedies(REACH, operators.onlooker, "memory", "kernel")
        rules = remedies.search(
            lambda added: operators.safe(tree, hazard, list(added)), verdict.witness.layout
        )
        return rules, remedies.sure

    rules, _ = found("ceil_log2(1 if c == c_in and kh == kw else 0)")
    assert set(rules or ()) == {"channels-match", "kernel-square"}
    assert found("ceil_log2(1 if c == c_in else 0)")[0] == ["channels-match"]
    assert found("ceil_log2(1 if h == w else 0)") == (None, True)


@NEEDS_Z3
def test_a_rule_that_knows_the_chip_is_no_remedy_for_the_class() -> None:
    """The chip keeps kernels below 17 wide; a shape has no chip to ask."""
    remedies = Remedies(REACH, Onlooker(LAYER), "shapes", "fy")
    known = list(remedies._candidates())
    assert "map-not-empty" in known
    assert "kernel-size" not in known  # speaks of the chip
    assert "pooled-map-not-empty" not in known  # speaks of fy itself


@NEEDS_Z3
def test_an_operator_on_its_path_is_safe() -> None:
    operators = Operators(LAYER)
    tree = parse("h // py if py > 0 else 0")
    (hazard,) = operators.hazards(tree)
    assert operators.safe(tree, hazard, []) == Proven()
    tree = parse("h // py if py >= 0 else 0")
    (hazard,) = operators.hazards(tree)
    assert witness(operators.safe(tree, hazard, []), "py") == (0,)


# ── Claims ──────────────────────────────────────────────────────────────────────────────────────


@NEEDS_Z3
@pytest.mark.parametrize(
    ("stated", "dim", "dims"),
    [
        (claim(must="fy <= h"), None, {"h": 1, "py": 1, "kh": 1}),  # 1 + 2 - 1 + 1 = 3 rows
        (claim(must="f != 3"), None, {"f": 3}),
        (claim(divisible="f + 1", by="3"), None, {"f": 1}),
        (claim(monotone="h // sy", **{"in": ["sy"]}), "sy", {"h": 1, "sy": 1}),
        (claim(monotone="h % 4", **{"in": ["h"]}), "h", {"h": 3}),
        (claim(monotone="10 - ty", **{"in": ["ty"]}), "ty", {}),
    ],
)
def test_a_false_claim_has_the_smallest_layer_as_witness(
    stated: LayerClaim, dim: str | None, dims: dict[str, int]
) -> None:
    claims = Claims(LAYER)
    verdict = claims.holds(stated, claims.assumed(stated), dim)
    assert isinstance(verdict, Refuted), verdict
    assert verdict.witness.layout.values.items() >= dims.items()


@NEEDS_Z3
@pytest.mark.parametrize(
    ("stated", "dim"),
    [
        (claim(must="fy <= h + 2*py"), None),
        (claim(must="oy == fy // qy", needs="pool-stride"), None),
        (claim(divisible="h - h % 4", by="4"), None),
        (claim(monotone="h - h % 4", **{"in": ["h"]}), "h"),
        (claim(monotone="fy", **{"in": ["h"]}), "h"),
    ],
)
def test_a_true_claim_is_proven(stated: LayerClaim, dim: str | None) -> None:
    claims = Claims(LAYER)
    assert claims.holds(stated, claims.assumed(stated), dim) == Proven()


@NEEDS_Z3
def test_a_fall_across_layers_that_a_rule_excludes_is_found() -> None:
    """Where kh == kw must hold, no step of kh alone is allowed, so nothing falls; without, it does."""
    claims = Claims(LAYER)
    stated = claim(monotone="-kh", **{"in": ["kh"]})
    assert isinstance(claims.holds(stated, [], "kh"), Refuted)
    assert claims.holds(stated, ["kernel-square"], "kh") == Proven()


@NEEDS_Z3
def test_a_claim_refuses_a_formula_that_contradicts_it(tmp_path: Path) -> None:
    """One row under a kernel of one is one row, and not two; any other claim about rows may fall too."""
    found = told(tmp_path, ("// sy + 1, needs: map-not-empty,", "// sy + 2, needs: map-not-empty,"))
    values = "fy is 2, -(-(h + 2 * py - dy * (kh - 1)) // sy) is 1"
    message = f"this is false for h = 1, kh = 1, sy = 1, py = 0, dy = 1: {values}"
    assert ("claim-refuted", message) in {one[:2] for one in found}


def test_the_formulas_of_claims_print_as_text_and_latex() -> None:
    for stated in SPEC.claims.values():
        for formula in stated.formulas.values():
            assert text(parse(text(formula.tree))) == text(formula.tree)
            assert latex(formula.tree)
    assert latex(SPEC.claims["kernel-holds-all"].formulas["must"].tree) == (
        r"\mathrm{kernel.used} \le \mathrm{kernel}"
    )


def test_a_child_takes_a_claim_out_with_null(tmp_path: Path) -> None:
    root = edited(tmp_path)
    head = "format: 1\nlayer: other\nversion: 1.0.0\npackage: other\nextends: dynapcnn\n"
    (root / "layers" / "other.yaml").write_text(f"{head}claims:\n  kernel-grows: null\n")
    claims = load_model(root).layers["other"].spec.claims
    assert "kernel-grows" in SPEC.claims
    assert "kernel-grows" not in claims
    assert claims["neuron-grows"] == SPEC.claims["neuron-grows"]


# ── Fields ──────────────────────────────────────────────────────────────────────────────────────


@NEEDS_Z3
@pytest.mark.parametrize(("bits", "fits"), [("6", False), ("7", True), ("widths.weight - 1", True)])
def test_a_map_of_64_rows_takes_7_bits(tmp_path: Path, bits: str, fits: bool) -> None:
    """The chips take maps of up to 64 rows, and 6 bits count to 63."""
    edit = ("sy + 1, needs: map-not-empty,", f"sy + 1, needs: map-not-empty, bits: {bits},")
    found = told(tmp_path, edit)
    message = "6 bits hold 0 to 63, and fy is 64 for h = 64, kh = 1, sy = 1, py = 0, dy = 1"
    assert [one[:2] for one in found] == ([] if fits else [("width-overflow", message)])


@NEEDS_Z3
@pytest.mark.parametrize(("bits", "fits"), [("9", False), ("10", True)])
def test_1024_biases_take_10_bits_of_address(tmp_path: Path, bits: str, fits: bool) -> None:
    used = "    used: words(f) if has_bias else words(0)\n"
    found = told(tmp_path, (used, f"{used}    bits: {bits}\n"))
    message = "9 bits address 512 words, and bias takes 513 for f = 513, has_bias = true"
    assert [one[:2] for one in found] == ([] if fits else [("width-overflow", message)])


@pytest.mark.parametrize(("bits", "refused"), [(25, False), (26, True)])
def test_f32_has_the_highest_word_of_25_bits_and_not_of_26(tmp_path: Path, bits: int, refused: bool) -> None:
    """2^24 - 1 is an f32; 2^25 - 1 lies between 2^25 - 2 and 2^25, the only f32 numbers near it."""
    done = CliRunner().invoke(
        cli,
        ["check", "--specs", str(edited(tmp_path, ("state: {bits: 16", f"state: {{bits: {bits}")))],
    )
    assert ("width-overflow" in done.output) == refused
    assert ("33554431, f32 has 33554432" in done.output) == refused


# ── What is not proven ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "available", lambda: False)


def run(root: Path, *args: str) -> str:
    result = CliRunner().invoke(cli, ["check", "--specs", str(root), *args])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.usefixtures("no_solver")
def test_without_z3_check_says_what_it_did_not_prove(tmp_path: Path) -> None:
    root = edited(tmp_path)
    count = len(proofs.prove(MODEL).unproven)
    note = f"{count} formulas not proven; install dynapspec[prove]"
    assert count > 3
    assert run(root).splitlines()[1:] == [note]
    assert json.loads(run(root, "--format", "json")) == [{"level": "note", "message": note}]
    (made,) = json.loads(run(root, "--format", "sarif"))["runs"]
    assert made["results"] == []
    (invocation,) = made["invocations"]
    assert invocation["toolExecutionNotifications"] == [{"level": "note", "message": {"text": note}}]
    assert run(root, "--format", "github") == f"::notice title=dynapspec::{note}\n"


@pytest.mark.usefixtures("no_solver")
def test_without_z3_the_glance_still_clears_most() -> None:
    unproven = proofs.prove(MODEL).unproven
    assert not [name for name in unproven if ": rules." in name or "kernel" in name]
    assert "dynapcnn: memory.neuron.is" in unproven


def test_an_undecided_question_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = edited(tmp_path)
    monkeypatch.setattr(proofs, "available", lambda: True)
    monkeypatch.setattr(Claims, "holds", lambda *args: Undecided("the moon is full"))
    monkeypatch.setattr(Operators, "safe", lambda *args: Proven())
    lines = run(root).splitlines()[1:]
    assert "not proven: dynapcnn: claims.map-rounded-up.must: the moon is full" in lines


def test_no_time_left_is_told() -> None:
    outcome = proofs.Prover(MODEL, patience=-1).run()
    assert outcome.findings == []
    assert set(outcome.unproven.values()) == {"no time was left" if available() else ""}


@NEEDS_Z3
def test_chips_and_heirs_share_their_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    ask = proofs.Prover._within

    def count(self: proofs.Prover, question: object) -> Verdict:
        asked.append("")
        return ask(self, question)  # type: ignore[arg-type]

    monkeypatch.setattr(proofs.Prover, "_within", count)
    alone = replace(MODEL, layers={"dynapcnn": LAYER}, chips={})
    proofs.prove(alone)
    single = len(asked)
    proofs.prove(MODEL)
    assert single >= 4
    assert len(asked) - single <= single + 1


def test_only_check_asks_for_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*args: object) -> None:
        raise AssertionError("a proof was asked for")

    monkeypatch.setattr(proofs.Prover, "run", asked)
    load_model(MODEL.root)
    done = CliRunner().invoke(cli, ["explain", "speck2f", "--specs", str(MODEL.root)])
    assert done.exit_code == 0, done.output
    assert SPECK2F.name in done.output
    assert CliRunner().invoke(cli, ["check", "--specs", str(MODEL.root)]).exit_code != 0
