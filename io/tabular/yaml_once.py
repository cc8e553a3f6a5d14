"""YAML in which no key comes twice in a mapping (YAML 1.2, section 3.2.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml
from yaml.nodes import MappingNode, ScalarNode

if TYPE_CHECKING:
    from yaml.nodes import Node

_MERGE: Final = "tag:yaml.org,2002:merge"


class _OnceLoader(yaml.SafeLoader):
    """The safe loader, which by itself takes the last of two."""

    def compose_mapping_node(self, anchor: dict[Any, Node]) -> MappingNode:
        # Before keys of other mappings are merged into this one, which may be overridden.
        node = super().compose_mapping_node(anchor)
        lines: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            if not isinstance(key, ScalarNode) or key.tag == _MERGE:
                continue
            name, line = (key.tag, key.value), key.start_mark.line + 1
            if name in lines:
                raise yaml.constructor.ConstructorError(
                    None,
                    None,
                    f"found {key.value!r} a second time, expected each key once; the first is in "
                    f"line {lines[name]}",
                    key.start_mark,
                )
            lines[name] = line
        return node


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
