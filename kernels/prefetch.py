"""Ask the processor to bring a row near before it is needed.

A load whose address is known early, but which misses the cache, holds up everything behind it; a
prefetch does not. It changes nothing, may name any row of the array, and is only worth its
instruction where rows are visited in an order that no hardware can foresee. Used by `allocate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from numba import config
from numba.core import cgutils as numba_cgutils
from numba.core import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numpy.typing import NDArray


# What generates code has no types of its own.
cgutils = cast("Any", numba_cgutils)


def _ask(typing_context: Any, column: types.Array, row: types.Integer) -> tuple[Any, Any]:
    """Typing and code of `prefetch(column, row)`: one instruction, for reading and writing."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        at = context.cast(builder, arguments[1], signature.args[1], types.intp)
        indices = [at] + [context.get_constant(types.intp, 0)] * (signature.args[0].ndim - 1)
        pointer = cgutils.get_item_pointer(context, builder, signature.args[0], array, indices)
        address = builder.bitcast(pointer, cgutils.voidptr_t)
        ir, word = cgutils.ir, cgutils.int32_t
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, word, word, word])
        ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        # For writing, to stay in all levels, data.
        builder.call(ask, [address, word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(column, row), generate


if cast("Any", config).DISABLE_JIT:

    def prefetch(column: NDArray[Any], row: int) -> None:
        """Do nothing: there is no processor to ask.

        Parameters
        ----------
        column : array
            Any.
        row : int64
            Row.
        """

else:
    prefetch = intrinsic(_ask)
