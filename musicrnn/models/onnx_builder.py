"""An ONNX graph while it is put together: nodes, constant tensors, names that are taken once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto, ValueInfoProto

__all__ = ["FLOAT", "INT", "Array", "GraphBuilder", "value_info"]

#: TensorProto.FLOAT and INT64
FLOAT, INT = 1, 7

Array = npt.NDArray[Any]


class GraphBuilder:
    """Nodes as they are made. Values are named; a node's outputs are named after it."""

    def __init__(self, name: str, used: dict[str, int] | None = None) -> None:
        self.name = name
        self.nodes: list[NodeProto] = []
        self.weights: dict[str, Array] = {}
        #: names are unlike in inner graphs too, which see the outer ones
        self._used = {} if used is None else used

    def inner(self, name: str) -> GraphBuilder:
        """A graph inside this one: a branch, or the body of a loop."""
        return GraphBuilder(name, self._used)

    def weight(self, name: str, array: Array) -> str:
        """A constant tensor under that name."""
        self.weights[name] = np.array(array, order="C")
        return name

    def integers(self, *values: int) -> str:
        """A vector of int64, which many operators want as an input."""
        return self.weight(self._unlike("integers"), np.array(values, np.int64))

    def scalar(self, value: int) -> str:
        """A number of int64."""
        return self.weight(self._unlike("scalar"), np.array(value, np.int64))

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output, whose name is given."""
        return self.add_several(operator, *inputs, outputs=1, **attributes)[0]

    def add_several(
        self, operator: str, *inputs: str, outputs: int, **attributes: Any
    ) -> list[str]:
        """A node with several outputs, by name."""
        from onnx import helper

        made = [self._unlike(operator.lower()) for _ in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), made, **attributes))
        return made

    def range(self, end: str) -> str:
        """The whole numbers from 0 to `end`."""
        return self.add("Range", self.scalar(0), end, self.scalar(1))

    def dimension(self, value: str, axis: int) -> str:
        """One number of a value's shape."""
        return self.add("Gather", self.add("Shape", value), self.scalar(axis))

    def add_named(self, operator: str, inputs: list[str], output: str) -> None:
        """A node whose one output has that name."""
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output]))

    def name_output(self, value: str, name: str) -> None:
        """Give a value the name of an output."""
        self.add_named("Identity", [value], name)

    def proto(
        self, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]
    ) -> GraphProto:
        """The finished graph."""
        from onnx import helper, numpy_helper

        tensors = [numpy_helper.from_array(array, name) for name, array in self.weights.items()]
        return helper.make_graph(self.nodes, self.name, inputs, outputs, tensors)

    def _unlike(self, stem: str) -> str:
        self._used[stem] = self._used.get(stem, 0) + 1
        return f"{stem}.{self._used[stem]}"


def value_info(name: str, kind: int, *shape: int | str) -> ValueInfoProto:
    """An input or output of a graph; a size that is open has a name."""
    from onnx import helper

    return helper.make_tensor_value_info(name, kind, shape)
