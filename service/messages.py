"""Make messages from a caller's values, and say which one does not fit its field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from google.protobuf.descriptor import FieldDescriptor

from ..engine.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPECTED: Final = {
    FieldDescriptor.CPPTYPE_INT32: f"an integer from {-(2**31)} to {2**31 - 1}",
    FieldDescriptor.CPPTYPE_INT64: f"an integer from {-(2**63)} to {2**63 - 1}",
    FieldDescriptor.CPPTYPE_UINT32: f"an integer from 0 to {2**32 - 1}",
    FieldDescriptor.CPPTYPE_UINT64: f"an integer from 0 to {2**64 - 1}",
    FieldDescriptor.CPPTYPE_ENUM: "a value of its enumeration",
    FieldDescriptor.CPPTYPE_BOOL: "True or False",
    FieldDescriptor.CPPTYPE_MESSAGE: "messages of its type",
}


def make_message(message_type: Any, where: str, values: Mapping[str, object]) -> Any:
    """Make a message.

    Parameters
    ----------
    message_type : type of Message
        The message class.
    where : str
        What is being made, for the error.
    values : mapping
        Fields by name.

    Returns
    -------
    Message
        The message.

    Raises
    ------
    InvalidRequest
        An unknown field, or a value of another type or range than its field; names it.
    """
    try:
        return message_type(**values)
    except (TypeError, ValueError) as error:
        raise _refusal(message_type, where, values) from error


def _refusal(message_type: Any, where: str, values: Mapping[str, object]) -> InvalidRequest:
    fields = message_type.DESCRIPTOR.fields_by_name
    for name, value in values.items():
        if name not in fields:
            return InvalidRequest(
                f"{where}: found field {name!r}, expected one of {', '.join(sorted(fields))}"
            )
        try:
            message_type(**{name: value})
        except (TypeError, ValueError):
            return InvalidRequest(
                f"{where}.{name}: found {value!r}, expected {_kind(fields[name])}"
            )
    return InvalidRequest(f"{where}: found {dict(values)!r}, expected fields that fit together")


def _kind(field: FieldDescriptor) -> str:
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return "bytes" if field.type == FieldDescriptor.TYPE_BYTES else "text"
    return _EXPECTED[field.cpp_type]
