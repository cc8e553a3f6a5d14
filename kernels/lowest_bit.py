"""Place of the lowest set bit of a word: one instruction.

Used where places of an aisle are the bits of words and are visited in ascending order.
"""

from __future__ import annotations

from typing import Any, cast

from numba import config
from numba.core import types
from numba.extending import intrinsic


def _count_trailing_zeros(typing_context: Any, word: types.Integer) -> tuple[Any, Any]:
    """Typing and code of `lowest_bit(word)`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        poison = context.get_constant(types.boolean, 1)
        return builder.cttz(arguments[0], poison)

    return types.int64(types.uint64), generate


if cast("Any", config).DISABLE_JIT:

    def lowest_bit(word: int) -> int:
        """Give the place of the lowest set bit.

        Parameters
        ----------
        word : uint64
            Not 0.

        Returns
        -------
        place : int64
            0 to 63.
        """
        return (int(word) & -int(word)).bit_length() - 1

else:
    lowest_bit = intrinsic(_count_trailing_zeros)
