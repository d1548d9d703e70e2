"""From a question and what was typed to the parameters of the NHS.UK component that asks it."""

from collections.abc import Callable, Mapping
from typing import Any

from core.web.forms import Form
from core.web.questions import Kind, Option, Question

Params = dict[str, Any]

_INPUTS: Mapping[Kind, Params] = {
    Kind.TEXT: {"spellcheck": False},
    Kind.EMAIL: {"type": "email", "spellcheck": False, "autocomplete": "email"},
    Kind.PHONE: {"type": "tel", "autocomplete": "tel", "width": "20"},
    Kind.POSTCODE: {"autocomplete": "postal-code", "width": "10", "spellcheck": False},
    Kind.NHS_NUMBER: {"inputmode": "numeric", "width": "10", "spellcheck": False, "code": True},
    Kind.REFERENCE: {"width": "10", "spellcheck": False, "autocapitalize": "characters", "code": True},
}


def field_params(form: Form, question: Question, *, heading: bool = False, suffix: str = "") -> tuple[str, Params]:
    """(component, parameters). `heading` makes the label the page's h1; `suffix` is appended to the label."""
    component, build = _BUILDERS.get(question.kind, ("input", _input))
    params = _named(form, question) | build(form, question)
    words = question.label + suffix
    if question.optional and not heading and "(optional)" not in words and question.kind != Kind.CHECKBOXES:
        words += " (optional)"
    _put_label(params, question, words, heading)
    return component, params


def _named(form: Form, question: Question) -> Params:
    params: Params = {"name": question.id}
    if question.kind not in (Kind.RADIOS, Kind.CHECKBOXES):
        # Their first input carries the id, so that the error summary leads to it.
        params["id"] = question.id
    if question.hint:
        params["hint"] = question.hint
    if error := form.errors.get(question.id):
        params["errorMessage"] = error
    return params


def _put_label(params: Params, question: Question, words: str, heading: bool) -> None:
    label: Params = {
        "text": words,
        "size": "l" if heading else "m" if _is_group(question) else "s",
    }
    if heading:
        label["isPageHeading"] = True
    if _is_group(question):
        params["fieldset"] = {"legend": label}
    else:
        params["label"] = label


def _is_group(question: Question) -> bool:
    """Several inputs under one legend."""
    return question.kind in (Kind.RADIOS, Kind.CHECKBOXES, Kind.DATE, Kind.DATE_OF_BIRTH)


def _input(form: Form, question: Question) -> Params:
    extra = {"autocomplete": question.autocomplete} if question.autocomplete else {}
    width = {"width": question.width} if question.width else {}
    return {"value": form.text(question.id)} | dict(_INPUTS.get(question.kind, {})) | extra | width


def _long_text(form: Form, question: Question) -> Params:
    return {"value": form.text(question.id), "rows": 6, "maxlength": question.longest, "threshold": 75}


def _password(form: Form, question: Question) -> Params:
    # What was typed is never sent back.
    return {"autocomplete": question.autocomplete or "current-password"}


def _radios(form: Form, question: Question) -> Params:
    return _choices(question, lambda option: form.text(question.id) == option.value)


def _checkboxes(form: Form, question: Question) -> Params:
    ticked = form.ticked(question.id)
    return _choices(question, lambda option: option.value in ticked)


def _choices(question: Question, is_chosen: Callable[[Option], bool]) -> Params:
    items: list[Params] = []
    for option in question.options:
        if option.after_or:
            items.append({"divider": "or"})
        item: Params = {"value": option.value, "text": option.label, "checked": is_chosen(option)}
        if option.hint:
            item["hint"] = option.hint
        if option.alone:
            item["exclusive"] = True
        items.append(item)
    return {"items": items, "idPrefix": question.id}


def _select(form: Form, question: Question) -> Params:
    chosen = form.text(question.id)
    first: Params = {"value": "", "text": "Choose one", "selected": not chosen, "placeholder": True}
    rest = [{"value": o.value, "text": o.label, "selected": o.value == chosen} for o in question.options]
    return {"items": [first, *rest]}


def _date(form: Form, question: Question) -> Params:
    wrong = form.anchors.get(question.id, "")
    params: Params = {}
    for part, width in (("day", "2"), ("month", "2"), ("year", "4")):
        name = f"{question.id}-{part}"
        params[part] = {
            "id": name,
            "name": name,
            "label": part.capitalize(),
            "value": form.text(name),
            "width": width,
            "error": bool(wrong) and wrong in (name, f"{question.id}-day"),
        }
        if question.kind is Kind.DATE_OF_BIRTH and question.autocomplete:
            params[part]["autocomplete"] = f"bday-{part}"
    return params


_BUILDERS: Mapping[Kind, tuple[str, Callable[[Form, Question], Params]]] = {
    Kind.LONG_TEXT: ("character_count", _long_text),
    Kind.RADIOS: ("radios", _radios),
    Kind.CHECKBOXES: ("checkboxes", _checkboxes),
    Kind.SELECT: ("select", _select),
    Kind.DATE: ("date_input", _date),
    Kind.DATE_OF_BIRTH: ("date_input", _date),
    Kind.PASSWORD: ("password_input", _password),
}
