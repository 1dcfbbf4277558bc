"""Runs the Python that makes a model: ``module:callable`` or ``file.py:callable``.

What goes wrong in the user's code is told as one message with its line, never as a traceback of ours.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from dynapspec.diagnostics import InputError, Span, did_you_mean, fail
from dynapspec.load.reader import display_name
from dynapspec.network.python import is_module


def model_of(source: str) -> Any:
    """The model that the code named by ``source`` makes.

    Raises:
        InputError: the code is not there, fails, or makes no torch module.
    """
    where, _, name = source.rpartition(":")
    with _importable(where):
        module = _guarded(f"importing {where}", lambda: _import(where))
        found = _attribute(module, where, name)
        if is_module(found):
            return found
        if not callable(found):
            made = _article(type(found).__name__)
            raise fail("no-model", f"{source} is {made}, and no function that makes a model")
        model = _guarded(f"calling {source}", found)
    if not is_module(model):
        made = _article(type(model).__name__)
        raise fail(
            "no-model", f"{source} returns {made}, and no torch module", hint="return an nn.Sequential"
        )
    return model


@contextmanager
def _importable(where: str) -> Iterator[None]:
    """What stands beside the code can be imported by it, as when Python runs it."""
    folder = Path(where).resolve().parent if where.endswith(".py") else Path.cwd()
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        if str(folder) in sys.path:
            sys.path.remove(str(folder))


def _article(noun: str) -> str:
    return "nothing" if noun == "NoneType" else f"{'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"


def _import(where: str) -> ModuleType:
    if not where.endswith(".py"):
        return import_module(where)
    name = f"dynapspec_model_{Path(where).stem}"  # so that the file hides no module of its own name
    spec = spec_from_file_location(name, where)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def _attribute(module: ModuleType, where: str, name: str) -> Any:
    value: Any = module
    for step in name.split("."):
        if not hasattr(value, step):
            known = [n for n in vars(module) if not n.startswith("_") and callable(getattr(module, n))]
            raise fail("no-model", f"{where} has no {name!r}", hint=did_you_mean(name, known))
        value = getattr(value, step)
    return value


def _guarded(doing: str, run: Callable[[], Any]) -> Any:
    """The result of the user's code; what it prints goes to stderr, which keeps JSON on stdout whole."""
    try:
        with redirect_stdout(sys.stderr):
            return run()
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        raise fail("user-code", f"{doing}: {_said(error)}", _line_of(error), _hint(error)) from None


def _said(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _hint(error: BaseException) -> str:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return "pip install 'dynapspec[torch]'" if missing == "torch" else ""


def _line_of(error: BaseException) -> Span | None:
    """The innermost line of the user's code that the error came through."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        column = error.offset or 1
        return Span(
            display_name(Path(error.filename)), error.lineno, column, max(error.end_offset or 0, column + 1)
        )
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_users(f.filename)]
    if not frames or frames[-1].lineno is None:
        return None
    last = frames[-1]
    start = (last.colno or 0) + 1
    return Span(
        display_name(Path(last.filename)), last.lineno or 1, start, max((last.end_colno or 0) + 1, start + 1)
    )


def _is_users(filename: str) -> bool:
    """Neither ours nor installed nor frozen."""
    ours = str(Path(__file__).parents[1])
    return not filename.startswith((ours, "<", sys.base_prefix)) and "site-packages" not in filename
