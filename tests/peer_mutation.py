"""Plays the same mutants against the frozen vectors and against the tests that sinabs itself has.

    python tests/peer_mutation.py --sinabs FOLDER --tests FOLDER --out results.jsonl

A mutant of the layer spec is emitted as a package, and the package takes the place of sinabs's own layer,
neurons, pooling and quantization inside of sinabs (`peer_stead`). Then sinabs's tests are run on it, and
the vectors are asked of it. `--out` keeps each result as it comes; a later run goes on from there.
`--record` writes the score beside the specs, for the documentation.

FOLDER of --sinabs is what `pip install --no-deps --target FOLDER sinabs==3.0.4` makes, that of --tests
is `tests` in the source distribution (`pip download --no-deps --no-binary :all: sinabs==3.0.4`). Both can
be given by DYNAPSPEC_SINABS and DYNAPSPEC_SINABS_TESTS.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import torch

from dynapspec.conform.run import frozen_files
from dynapspec.emit.conformance.strength import FOLDER, PEER
from dynapspec.model import Layer, load_model
from dynapspec.mutate.judge import Trial
from dynapspec.mutate.leaves import Mutation
from peer_judge import ALONE, Base, Judge, Result, base_of, place_of
from peer_score import record_of, summary
from peer_trial import Ground

Key = tuple[str, str, str]  # place, new value, digest of the spec

ROOT = Path(__file__).resolve().parents[1]
LAYER, CHIP = "dynapcnn", "speck2f"  # the layer with the API of sinabs 3.0.4, and a chip that runs it


def main() -> None:
    """Runs the campaign; exit 2 where there is nothing to run it on."""
    signal.signal(signal.SIGTERM, _interrupted)
    options = _options()
    torch.set_num_threads(1)  # processes that are forked off must find no threads
    model = load_model(options.specs)
    layer = model.layers[LAYER]
    files = [one for one in frozen_files(options.vectors) if one.subject in (LAYER, CHIP)]
    ground = Ground(options.sinabs, options.tests, files)
    trial = Trial(model, layer, options.vectors.parents[1])
    sample = stratified(list(_found(trial, options.only)), options.count)
    known = dict(_kept(options.out))
    found = [known[key] for one in sample if (key := _key(layer, one)) in known]
    todo = [one for one in sample if _key(layer, one) not in known]
    if todo or options.record:
        _say("running sinabs's tests on sinabs, and on the package in its place")
        base = base_of(model, layer, ground, options.files)
        _say(_ground_covered(base))
        judge = Judge(model, layer, trial, ground, base)
        if any((control := judge.control()).values()):
            sys.exit(f"the package as it is must be told by nothing, and is: {control}")
        found += _play(judge, todo, options.out, options.jobs)
        if options.record:
            path = options.specs / FOLDER / PEER
            path.write_text(json.dumps(record_of(layer, ground, base, found), indent=1) + "\n")
            _say(f"recorded in {path}")
    print(summary(found))


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    told, _, _ = str(__doc__).partition("\n")
    parser = argparse.ArgumentParser(description=told)
    for name, variable in (("sinabs", "DYNAPSPEC_SINABS"), ("tests", "DYNAPSPEC_SINABS_TESTS")):
        parser.add_argument(f"--{name}", type=Path, default=os.environ.get(variable), help=f"[{variable}]")
    parser.add_argument("--specs", type=Path, default=ROOT / "specs")
    parser.add_argument("--vectors", type=Path, default=ROOT / "generated" / "conformance" / "vectors")
    parser.add_argument("--files", nargs="+", default=["."], help="files of tests; all by default")
    parser.add_argument("--only", default="", help="mutants whose place and new value this expression finds")
    parser.add_argument("--count", type=int, default=400, help="mutants of the sample, about")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, help="keeps each result; a later run goes on from there")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    for name in ("sinabs", "tests"):
        folder = getattr(options, name)
        if folder is None or not Path(folder).is_dir():
            parser.error(f"--{name} names {folder}, which is no folder; see the head of this file")
        setattr(options, name, Path(folder).resolve())
    return options


def _found(trial: Trial, expression: str) -> Iterator[Mutation]:
    for one in trial.mutations():
        if re.search(expression, f"{'/'.join(map(str, one.path))} {one.after}"):
            yield one


def stratified(mutations: Sequence[Mutation], count: int) -> list[Mutation]:
    """About ``count`` of the mutants: of each class its share, evenly spread, and of none fewer than four."""
    classes: dict[str, list[Mutation]] = {}
    for one in mutations:
        classes.setdefault(one.kind, []).append(one)
    chosen: list[Mutation] = []
    for group in classes.values():
        wanted = min(len(group), max(min(4, count), round(count * len(group) / len(mutations))))
        chosen += [group[(2 * place + 1) * len(group) // (2 * wanted)] for place in range(wanted)]
    return sorted(chosen, key=_shuffled)


def _shuffled(mutation: Mutation) -> str:
    """An order without any order, the same every time: what an interrupted run has seen is a fair sample."""
    return hashlib.sha256(f"{mutation.path}{mutation.after}".encode()).hexdigest()


def _play(judge: Judge, todo: Sequence[Mutation], out: Path | None, jobs: int) -> list[Result]:
    """The results; an interrupt ends it with those that there are."""
    found: list[Result] = []
    began = time.monotonic()

    def one(mutation: Mutation) -> None:
        result = judge.result(mutation)
        with ALONE:
            found.append(result)
            _keep(out, result)
            _say(f"{len(found)}/{len(todo)} in {time.monotonic() - began:.0f} s: {_line(result)}")

    pool = ThreadPoolExecutor(jobs)  # each thread waits for a process
    running = [pool.submit(one, mutation) for mutation in todo]
    try:
        for future in running:
            future.result()
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        _say(f"ended early, with {len(found)} of {len(todo)} mutants")
    return found


def _key(layer: Layer, mutation: Mutation) -> Key:
    return place_of(layer, mutation), mutation.after, layer.digest


def _kept(out: Path | None) -> Iterator[tuple[Key, Result]]:
    if out is not None and out.is_file():
        for line in out.read_text(encoding="utf-8").splitlines():
            result = Result(**json.loads(line))
            yield (result.clause, result.after, result.spec), result


def _keep(out: Path | None, result: Result) -> None:
    if out is not None:
        with out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result)) + "\n")


def _line(result: Result) -> str:
    told = f"vectors {result.ours or '-'}, tests {result.theirs or '-'}" if result.is_ == "judged" else ""
    return f"{result.is_} {result.clause.partition('#')[2]} {told}"


def _ground_covered(base: Base) -> str:
    tests = sum(map(len, base.files.values()))
    return (
        f"{tests} tests in {len(base.files)} files reach the package and pass with it, "
        f"{base.others} pass and reach nothing of it, {len(base.left_out)} are left out; "
        f"{len(base.direct)} vectors hold for the package and {len(base.vectors)} through sinabs's names"
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
