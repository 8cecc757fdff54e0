"""From a question's word to its answer: one module each, of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from downmass.answers.answer import QUESTIONS, Answer, Question
from downmass.answers.case import Case
from downmass.base.errors import InputError

OPTIONS: Mapping[Question, frozenset[str]] = {
    "slip": frozenset({"days", "until"}),
    "worth": frozenset({"break_even"}),
}
"""What a question may be asked with; the others take nothing."""


def answer_question(question: str, case: Case, options: Mapping[str, Any]) -> Answer:
    """Answer one of the nine questions about a case.

    Parameters
    ----------
    options
        ``days`` or ``until`` for ``slip``, ``break_even`` for ``worth``; none are ignored.

    Raises
    ------
    InputError
        If there is no such question, or it does not take an option.
    """
    if question not in QUESTIONS:
        near = get_close_matches(question, QUESTIONS, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(
            f"{question!r} is not one of the nine questions", f"{hint}ask {', '.join(QUESTIONS)}"
        )
    given = {key: value for key, value in options.items() if value is not None}
    allowed = OPTIONS.get(question, frozenset())
    strange = sorted(set(given) - allowed)
    if strange:
        raise InputError(
            f"{question} takes no option {strange[0]!r}", f"it takes {', '.join(sorted(allowed)) or 'none'}"
        )
    # Each question has its module of the same name, loaded when asked: most need no solver.
    module = import_module(f"downmass.answers.{question}")
    answer: Answer = getattr(module, question)(case, **given)
    return answer
