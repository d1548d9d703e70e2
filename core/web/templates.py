"""Turns templates and NHS.UK components into HTML.

Two environments (design §8): ours is strict, so a misspelt name is an error; the NHS macros need lenient undefined
values, so they have one of their own and are called as `nhs.button({...})`.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader, PackageLoader, StrictUndefined
from jinja2.runtime import Macro
from markupsafe import Markup

from core.domain import calendar, nhs
from core.web.fields import field_params
from core.web.forms import Form
from core.web.questions import Question

# Only components that never show what a person typed: a cache must not become a store of personal data.
_UNCHANGING = frozenset({"button", "footer", "skip_link", "tag", "warning_callout", "action_link"})


class _NhsEnvironment(Environment):
    """Reads the parameters of macros without raising an error for each: a third of the time of a component was spent
    on asking a dict for an attribute that it has only as a key. What is found is what Jinja finds."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute not in _OF_EVERY_DICT:
            found = obj.get(attribute, _MISSING)
            return self.undefined(obj=obj, name=attribute) if found is _MISSING else found
        return super().getattr(obj, attribute)


_MISSING = object()
_OF_EVERY_DICT = frozenset(dir(dict))


class NhsComponents:
    """The macros of nhsuk-frontend by their names in snake case: `nhs.error_summary({...})`."""

    def __init__(self) -> None:
        self._environment = _NhsEnvironment(
            loader=PackageLoader("nhsuk_frontend_jinja"),
            undefined=ChainableUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._macros: dict[str, Macro] = {}
        self._render_unchanging = lru_cache(maxsize=512)(self._render_from_json)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda params=None: self.render(name, params or {})

    def render(self, name: str, params: Mapping[str, Any]) -> Markup:
        """The HTML of one component. TemplateNotFound when there is no such component."""
        # A colleague's header holds their name; the public's only says where they are.
        if name in _UNCHANGING or (name == "header" and "account" not in params):
            return self.same_for_all(name, params)
        return Markup(self._macro(name)(params))  # noqa: S704 - the macros escape

    def same_for_all(self, name: str, params: Mapping[str, Any]) -> Markup:
        """The same, kept for the next who asks. Only for parameters that hold nothing of any person."""
        return self._render_unchanging(name, json.dumps(params, default=_markup_marker))

    def _render_from_json(self, name: str, params: str) -> Markup:
        return Markup(self._macro(name)(json.loads(params)))  # noqa: S704 - the macros escape

    def _macro(self, name: str) -> Macro:
        if name not in self._macros:
            module = self._environment.get_template(f"nhsuk/components/{name.replace('_', '-')}/macro.jinja").module
            self._macros[name] = getattr(module, _camel(name))
        return self._macros[name]


def _markup_marker(value: object) -> str:
    raise TypeError(f"a component's parameters are plain data, not {type(value).__name__}")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


class Templates:
    """Renders our templates. `assets` maps a logical asset name to its content-hashed one."""

    def __init__(self, folder: Path, assets: Mapping[str, str]) -> None:
        self.nhs = NhsComponents()
        self.environment = Environment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._assets = assets
        self.environment.globals |= {"nhs": self.nhs, "asset": self.asset, "field": self.field}
        self.environment.filters |= FILTERS

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        return self.environment.get_template(name).render(context)

    def asset(self, name: str) -> str:
        """The address of an asset. KeyError when it was never built."""
        return f"/static/{self._assets[name]}"

    def field(self, form: Form, question: Question, heading: bool = False, *, suffix: str = "") -> Markup:
        """The component that asks one question, with what was typed and what is wrong. `heading` makes its label
        the heading of the page. A question that another one reveals is shown beneath its option."""
        component, params = field_params(form, question, heading=heading, suffix=suffix)
        for item, option in zip(params.get("items", ()), _shown(params, question), strict=False):
            if option is not None and option.reveals:
                revealed = next(q for q in form.questions if q.id == option.reveals)
                item["conditional"] = {"html": self.field(form, revealed)}
        render = self.nhs.same_for_all if form.same_for_all and not suffix else self.nhs.render
        return render(component, params)


def _shown(params: Mapping[str, Any], question: Question) -> list[Any]:
    options = iter(question.options)
    return [None if "divider" in item or item.get("placeholder") else next(options) for item in params.get("items", ())]


def paragraphs(text: str) -> Markup:
    """Text people wrote, with its lines kept and everything else escaped."""
    blocks = [Markup("<br>").join(block.split("\n")) for block in text.split("\n\n")]
    return Markup("").join(Markup("<p>{}</p>").format(block) for block in blocks)


FILTERS: dict[str, Any] = {
    "spoken_date": calendar.spoken_date,
    "spoken_time": calendar.spoken_time,
    "spoken_instant": calendar.spoken_instant,
    "wall_time": calendar.spoken_wall_time,
    "nhs_number": nhs.show_nhs_number,
    "phone": nhs.show_phone,
    "paragraphs": paragraphs,
}
