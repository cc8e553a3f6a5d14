"""YAML in which no key comes twice in a mapping (YAML 1.2, section 3.2.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Hashable


class _OnceLoader(yaml.SafeLoader):
    """The safe loader, which by itself takes the last of two."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        first: dict[object, int] = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if isinstance(key, (str, int, float)) and first.setdefault(key, line) != line:
                raise yaml.constructor.ConstructorError(
                    None,
                    None,
                    f"found {key!r} a second time, expected each key once; the first is in line "
                    f"{first[key]}",
                    key_node.start_mark,
                )
        return super().construct_mapping(node, deep=deep)


def load_yaml(text: str) -> object:
    """Read plain data.

    Parameters
    ----------
    text : str
        One document.

    Returns
    -------
    object
        Of dict, list, str, int, float, bool, None and dates.

    Raises
    ------
    yaml.YAMLError
        No YAML, an object that is not plain, or a key that comes twice.
    """
    # The loader is a safe one: it makes plain data only.
    return yaml.load(text, Loader=_OnceLoader)  # noqa: S506
