"""Forms made from the fields of a document: its types choose the inputs, its rules say what is wrong."""

import types
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin

from django import forms
from django.contrib.admin import widgets
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from redismart.backoffice.standins import StandIn
from redismart.redis import editing
from redismart.redis.documents import Document

SINCE = "since"
LONG_TEXT = 500
MOST_LINES = 200


class LinesField(forms.CharField):
    """Several short texts, one a line."""

    widget = widgets.AdminTextareaWidget

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(f"At most {MOST_LINES} lines.")
        return tuple(lines)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else "\n".join(map(str, value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data or "") != tuple(initial or ()))


class FactsField(forms.CharField):
    """Names with values, ``Colour = red``, one a line. A number that was stored as one stays one."""

    widget = widgets.AdminTextareaWidget

    def to_python(self, value: Any) -> Any:
        facts: dict[str, Any] = {}
        for line in (super().to_python(value) or "").splitlines()[: MOST_LINES + 1]:
            name, equals, told = (part.strip() for part in line.partition("="))
            if name and not equals:
                raise forms.ValidationError(f"{line[:60]!r} has no value: write a name, an equals sign and a value.")
            if name:
                facts[name] = told
        if len(facts) > MOST_LINES:
            raise forms.ValidationError(f"At most {MOST_LINES} lines.")
        return facts

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{name} = {told}" for name, told in value.items()) if isinstance(value, dict) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data or "") != {name: str(told) for name, told in (initial or {}).items()})


class DocumentForm(forms.Form):
    """The form of one document. ``instance`` is its stand-in; a new one has no document yet."""

    document: ClassVar[type[Document]]
    shown: ClassVar[tuple[str, ...]]
    also_stamped: ClassVar[tuple[str, ...]] = ()
    key_field: ClassVar[str]
    _meta: ClassVar[Any]

    def __init__(
        self, data: Any = None, files: Any = None, *, instance: StandIn | None = None, initial: Any = None, **named: Any
    ) -> None:
        self.instance = instance if instance is not None else self._meta.model()
        stored = self.instance.document
        known = {} if stored is None else {name: getattr(stored, name) for name in self.shown}
        super().__init__(data, files, initial=known | (initial or {}), **named)
        if stored is not None:
            self.fields[SINCE] = forms.CharField(
                widget=forms.HiddenInput, max_length=64, initial=editing.stamp(stored, self.stamped)
            )
            self.fields[self.key_field].disabled = True

    @property
    def stamped(self) -> tuple[str, ...]:
        """The fields in which changes collide: those shown, and those that other inputs change."""
        return (*self.shown, *self.also_stamped)

    def clean(self) -> dict[str, Any]:
        """Ask the document itself; what it refuses stands beside the field."""
        cleaned = super().clean() or {}
        if not self.errors:
            self._ask_document(self.told())
        if not self.errors and self.instance.document is None:
            self._refuse_taken(str(cleaned[self.key_field]))
        return cleaned

    def told(self) -> dict[str, Any]:
        """The values of the document's fields, as typed; what is left empty takes the document's default."""
        fields = self.document.model_fields
        told = {name: self.cleaned_data[name] for name in self.shown if name in self.cleaned_data}
        stored = self.instance.document
        return {
            name: _default(fields[name]) if value in (None, "") else _as_stored(value, getattr(stored, name, None))
            for name, value in told.items()
        }

    @property
    def since(self) -> str:
        return str(self.cleaned_data.get(SINCE, ""))

    def save(self, commit: bool = True) -> StandIn:
        """The stand-in that is to be stored; Django asks for it before its history."""
        del commit
        if not self.instance.pk:
            self.instance.key = str(self.cleaned_data[self.key_field])
        return self.instance

    def save_m2m(self) -> None:
        """Documents have no such relations."""

    def _refuse_taken(self, pk: str) -> None:
        """Beside the field and with all that was typed kept; when another is quicker, storing refuses it."""
        if self.document.db().exists(self.document.key_of(pk)):
            self.add_error(self.key_field, f"There is already one known as {pk!r}: choose another, or change that one.")

    def _ask_document(self, told: Mapping[str, Any]) -> None:
        stored = self.instance.document
        base = {} if stored is None else stored.model_dump(exclude={"pk"})
        try:
            self.document.model_validate(base | dict(told))
        except ValidationError as error:
            for problem in error.errors():
                place = str(problem["loc"][0]) if problem["loc"] else ""
                self.add_error(place if place in self.fields else None, str(problem["msg"]))


def form_of(
    document: type[Document],
    model: type[StandIn],
    *,
    shown: Iterable[str],
    key_field: str,
    help_texts: Mapping[str, str],
    base: type[DocumentForm] = DocumentForm,
) -> type[DocumentForm]:
    """The form class of some fields of a document. Fields that ``base`` declares stay as it declares them."""
    names = tuple(shown)
    schema = document.model_json_schema()["properties"]
    made = {
        name: field_of(document.model_fields[name], help_texts.get(name, ""), schema=schema.get(name, {}))
        for name in names
        if name not in base.base_fields
    }
    meta = types.SimpleNamespace(model=model, labels=None, help_texts=None, fields=None)
    facts = {"document": document, "shown": names, "key_field": key_field, "_meta": meta}
    return type(f"{document.__name__}Form", (base,), {**made, **facts})


def field_of(field: FieldInfo, help_text: str = "", *, schema: Mapping[str, Any] = MappingProxyType({})) -> forms.Field:
    """The input of one pydantic field. ``schema`` is its JSON schema: redis-om keeps no rules with its fields."""
    kind, limits = _kind(field.annotation), _limits_of_schema(schema) | _limits(field)
    between = {"min_value": limits.get("ge"), "max_value": limits.get("le")}
    longest = limits.get("max_length")
    # What must look in one way has no lines.
    long = (longest is None or longest > LONG_TEXT) and "pattern" not in schema
    text = {"max_length": longest, "widget": widgets.AdminTextareaWidget if long else widgets.AdminTextInputWidget}
    inputs: dict[Any, tuple[type[forms.Field], dict[str, Any]]] = {
        bool: (forms.BooleanField, {"required": False}),
        int: (forms.IntegerField, between | {"widget": widgets.AdminIntegerFieldWidget}),
        float: (forms.FloatField, between),
        Decimal: (forms.DecimalField, between | {"max_digits": limits.get("max_digits")}),
        datetime: (forms.DateTimeField, {"widget": widgets.AdminTextInputWidget}),
        dict: (FactsField, {}),
        tuple: (LinesField, {}),
        str: (forms.CharField, text),
    }
    made, options = inputs[get_origin(kind) or kind]
    told: dict[str, Any] = {"required": field.is_required(), "help_text": help_text or field.description or ""}
    return made(**told | options)


def _as_stored(value: Any, stored: Any) -> Any:
    """Facts whose text is what it was keep their type: a number stays one."""
    if not isinstance(value, dict) or not isinstance(stored, dict):
        return value
    return {name: stored[name] if str(stored.get(name)) == told else told for name, told in value.items()}


def _limits_of_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The rules that a JSON schema tells, those of the types of an optional field too."""
    names = {"minimum": "ge", "maximum": "le", "maxLength": "max_length"}
    parts = [schema, *(part for part in schema.get("anyOf", ()) if part.get("type") != "null")]
    return {rule: part[name] for part in parts for name, rule in names.items() if name in part}


def _limits(field: FieldInfo) -> dict[str, Any]:
    """The field's rules by name, those of the types inside an optional one too."""
    rules = [*field.metadata, *_inner_rules(field.annotation)]
    names = ("ge", "le", "max_length", "max_digits")
    return {name: _rule(rule, name) for rule in rules for name in names if _rule(rule, name) is not None}


def _rule(rule: Any, name: str) -> Any:
    """A rule's value: pydantic keeps some as objects of their own, others together."""
    return getattr(rule, name, None)


def _inner_rules(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return [part for rule in get_args(annotation)[1:] for part in (getattr(rule, "metadata", None) or [rule])]
    if get_origin(annotation) in (Union, types.UnionType):
        return [rule for inner in get_args(annotation) for rule in _inner_rules(inner)]
    return []


def _kind(annotation: Any) -> Any:
    """The type inside ``X | None`` and inside annotations."""
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        (inner, *_others) = [part for part in get_args(annotation) if part is not type(None)]
        return _kind(inner)
    return annotation


def _default(field: FieldInfo) -> Any:
    return None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
