"""Work that is remembered by what it asked: with the same answers it comes to the same end.

A chip is searched through questions, such as whether it takes a layer. Each piece of work leaves
behind which questions it asked in turn, and what followed from their answers. On another chip the same
questions are asked again; where all answers agree the end is known, or else the work is done anew. So
chips share work without one's result depending on what other chips there are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Question: TypeAlias = tuple[Any, ...]  # its kind, then what it is about
Answer: TypeAlias = Hashable

_UNASKED: Any = object()


@dataclass(slots=True)
class _Fork:
    """The next question of a piece of work, and where each answer leads; an end has no question."""

    question: Question | None = None
    ways: dict[Answer, _Fork] = field(default_factory=dict)
    end: Any = None


class Recall:
    """What all chips have in common: the ways from questions to ends."""

    def __init__(self) -> None:
        self._starts: dict[Question, _Fork] = {}

    def end_of(
        self, work: Question, known: Mapping[Question, Answer], ask: Callable[[Question], Answer]
    ) -> _Fork | None:
        """The end of a piece of work if the answers, known or asked for, lead to one."""
        fork = self._starts.get(work)
        while fork is not None and (question := fork.question) is not None:
            answer = known.get(question, _UNASKED)  # most are; a call for each would cost more than the rest
            fork = fork.ways.get(ask(question) if answer is _UNASKED else answer)
        return fork

    def keep(self, work: Question, asked: Mapping[Question, Answer], end: Any) -> None:
        """Adds a way: the questions in the order in which they were asked."""
        fork = self._starts.setdefault(work, _Fork())
        for question, answer in asked.items():
            fork.question = question
            fork = fork.ways.setdefault(answer, _Fork())
        fork.end = end


class Asker:
    """One chip: answers questions, and works out what follows from them."""

    def __init__(
        self,
        recall: Recall,
        facts: Mapping[str, Callable[..., Answer]],
        works: Mapping[str, Callable[..., Answer]],
    ) -> None:
        self._recall, self._facts, self._works = recall, facts, works
        self._answers: dict[Question, Answer] = {}
        self._asked: list[dict[Question, Answer]] = [{}]

    def ask(self, *question: Any) -> Any:
        """The answer, which the work at hand now depends on."""
        answer = self._answers.get(question, _UNASKED)
        if answer is _UNASKED:
            answer = self.answer(question)
        self._asked[-1][question] = answer
        return answer

    def answer(self, question: Question) -> Any:
        """The answer; what it depends on itself is no matter of who asks."""
        answer = self._answers.get(question, _UNASKED)
        if answer is _UNASKED:
            fact = self._facts.get(question[0])
            answer = fact(*question[1:]) if fact else self._worked_out(question)
            self._answers[question] = answer
        return answer

    def _worked_out(self, question: Question) -> Any:
        if (known := self._recall.end_of(question, self._answers, self.answer)) is not None:
            return known.end
        self._asked.append({})
        try:
            end = self._works[question[0]](*question[1:])
        finally:
            asked = self._asked.pop()
        self._recall.keep(question, asked, end)
        return end
