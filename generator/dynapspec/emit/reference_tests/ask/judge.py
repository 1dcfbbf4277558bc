"""What an answer is worth: right, wrong, or the refusal of a layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from .case import Case, said_by
from .compare import differences

Worth: TypeAlias = Literal["right", "wrong", "refused", "crashed", "skipped"]
REFUSED = "refused"


def judge_result(topic: str, expected: Mapping[str, Any], result: Any) -> tuple[Worth, list[str]]:
    """What a result is worth, and what differs. A refusal may stand in the result."""
    if isinstance(result, Mapping) and REFUSED in result:
        return judge_refusal(expected, str(result[REFUSED]))
    wanted = expected.get(REFUSED)
    if wanted is not None:
        reasons = wanted if isinstance(wanted, list) else [wanted]
        why = "" if wanted is True else f" ({', '.join(map(str, reasons))})"
        return "wrong", [f"the layer is taken, and must be refused{why}"]
    found = differences(topic, expected, result)
    return ("wrong" if found else "right"), found


def judge_refusal(expected: Mapping[str, Any], reason: str) -> tuple[Worth, list[str]]:
    """What a refusal is worth; any reason is right."""
    return ("right", []) if expected.get(REFUSED) is not None else ("refused", [f"refused: {reason}"])


def judge_case(
    run: Callable[[Case], Mapping[str, Any]], case: Case, expected: Mapping[str, Any]
) -> tuple[Worth, list[str]]:
    """Asks an implementation that lives in this process, and judges what it says or raises."""
    try:
        result = run(case)
    except Exception as error:
        said = said_by(error)
        if said == "refused":
            return judge_refusal(expected, str(error))
        if said == "skipped":
            return "skipped", [str(error)]
        raise
    return judge_result(case.topic, expected, result)
