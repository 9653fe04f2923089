"""The ONNX graph gives the logits of our own step: every cell, whole sequences and single steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from musicrnn.models.bundle import Bundle
from musicrnn.models.onnx_graph import to_onnx
from musicrnn.sampling import Engine
from musicrnn.tokens.features import along
from musicrnn.tokens.vocabulary import Vocabulary
from tests.constraints.helpers import untrained

pytestmark = [pytest.mark.needs("onnx"), pytest.mark.needs("onnxruntime")]

FloatArray = npt.NDArray[np.float32]
BATCH = 2
CHARACTERS = "\n ABCD|]:"


def logits_of(engine: Engine, ids: npt.NDArray[np.int64]) -> FloatArray:
    """Our own logits (B, T, V), a step at a time."""
    state = engine.start(len(ids))
    return np.stack([engine.step(state, column) for column in ids.T], axis=1)


class Exported:
    """An exported network, run by onnxruntime."""

    def __init__(self, bundle: Bundle) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            to_onnx(bundle), options, providers=["CPUExecutionProvider"]
        )
        self.outputs = [output.name for output in self.session.get_outputs()]
        self.inputs = {one.name: one.shape for one in self.session.get_inputs()}

    def start(self, batch: int) -> dict[str, Any]:
        """States before the first token."""
        sizes = {"batch": batch, "past": 0}
        return {
            name: np.zeros([sizes.get(size, size) for size in shape], np.float32)
            for name, shape in self.inputs.items()
            if name not in ("ids", "features", "position")
        }

    def run(
        self, ids: npt.NDArray[np.int64], features: Any, position: int, states: dict[str, Any]
    ) -> tuple[FloatArray, dict[str, Any]]:
        """Logits and the states after these tokens."""
        given = {"ids": ids, "features": features, "position": np.array(position, np.int64)}
        told = {name: value for name, value in given.items() if name in self.inputs}
        found = dict(zip(self.outputs, self.session.run(None, told | states), strict=True))
        return found.pop("logits"), {name.removeprefix("next."): x for name, x in found.items()}

    def in_pieces(
        self, ids: npt.NDArray[np.int64], lengths: list[int], features: Any = None
    ) -> FloatArray:
        """Logits of the sequence fed in pieces of these lengths."""
        states, at, logits = self.start(len(ids)), 0, []
        for length in lengths:
            part = None if features is None else features[:, at : at + length]
            piece, states = self.run(ids[:, at : at + length], part, at, states)
            logits.append(piece)
            at += length
        return np.concatenate(logits, axis=1)


def assert_equal(found: FloatArray, wanted: FloatArray) -> None:
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= 1e-5 * max(1.0, float(np.abs(wanted).max()))


#: name → the shape of a network
MODELS: dict[str, dict[str, Any]] = {
    "lstm": {"cell": "lstm", "units": (9, 7)},
    "gru": {"cell": "gru", "units": (9, 7)},
    "rnn": {"cell": "rnn", "units": (9, 7)},
    "mingru": {"cell": "mingru", "units": (9, 7)},
    "one-hot": {"units": (9,), "embedding": None},
    "norm": {"units": (9, 9), "layer_norm": True},
    "tied": {"units": (8,), "tie": True},
    "tied, projected": {"cell": "gru", "units": (9,), "tie": True},
    "cycle": {"units": (9,), "cycle": 3},
    "attention": {"units": (9,), "attention": 64, "attention_width": 6},
    "short attention": {"cell": "gru", "units": (9,), "attention": 4, "attention_width": 6},
    "hidden": {"units": (9,), "hidden": 8},
    "stride": {"units": (9,), "hidden": 8, "stride": 4, "cycle": 4, "attention": 2,
               "attention_width": 6},
    "stride of mingru": {"cell": "mingru", "units": (9,), "hidden": 8, "stride": 3},
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_logits_are_ours(name: str) -> None:
    bundle = untrained(CHARACTERS, **MODELS[name])
    ids = np.random.default_rng(1).integers(0, len(bundle.vocabulary), (BATCH, 14))
    wanted = logits_of(Engine(bundle), ids)
    exported = Exported(bundle)
    assert_equal(exported.in_pieces(ids, [14]), wanted)
    assert_equal(exported.in_pieces(ids, [1] * 14), wanted)
    assert_equal(exported.in_pieces(ids, [5, 1, 6, 2]), wanted)


def test_the_shipped_model_with_its_features() -> None:
    bundle = Bundle.load("folk")
    engine = Engine(bundle)
    state, end = engine.start(1), bundle.tokenizer.end
    ids, token = [end], end
    for _ in range(120):  # what the model itself would write
        token = int(np.argmax(engine.step(state, [token])[0]))
        ids.append(token)
    sequence = np.array([ids], np.int64)
    told = along(bundle.features, ids[1:])[None].astype(np.int64) if bundle.features else None
    exported = Exported(bundle)
    wanted = logits_of(engine, sequence)
    assert_equal(exported.in_pieces(sequence, [len(ids)], told), wanted)
    assert_equal(exported.in_pieces(sequence, [60, *[1] * (len(ids) - 60)], told), wanted)


def test_configuration_and_vocabulary_travel_in_the_file() -> None:
    import json

    import onnx

    bundle = untrained(CHARACTERS, **MODELS["lstm"])
    model = onnx.load_model_from_string(to_onnx(bundle))
    props = {prop.key: prop.value for prop in model.metadata_props}
    assert json.loads(props["musicrnn.config"])["model"]["units"] == [9, 7]
    assert Vocabulary.from_json(props["musicrnn.vocabulary"]) == bundle.vocabulary
    assert model.producer_name == "musicrnn"


def test_the_same_bytes_each_time() -> None:
    bundle = untrained(CHARACTERS, **MODELS["attention"])
    assert to_onnx(bundle) == to_onnx(bundle)
