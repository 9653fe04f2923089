"""``auto`` takes bfloat16 where, and only where, the processor multiplies it itself."""

import pytest

from musicrnn.models.config import ModelConfig
from musicrnn.training import precision

pytestmark = pytest.mark.needs("tensorflow", "keras")

WIDE, SMALL = ModelConfig(units=(512,)), ModelConfig(units=(512, 64))


@pytest.fixture
def flags(tmp_path, monkeypatch):
    """Says what the processor can do."""
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("on a graphics card the processor does not matter")
    file = tmp_path / "cpuinfo"
    monkeypatch.setattr(precision, "PROCESSOR", file)
    return lambda text: file.write_text(f"processor : 0\nflags : {text}\n")


def test_what_is_asked_for_is_taken():
    assert precision.resolved("float32", WIDE) == "float32"
    assert precision.resolved("bfloat16", SMALL) == "bfloat16"


@pytest.mark.parametrize("text", ["fpu avx2 avx512_bf16 amx_bf16 amx_tile", "fpu avx512_bf16"])
def test_a_processor_that_multiplies_bfloat16_computes_in_it(flags, text):
    flags(text)
    assert precision.resolved("auto", WIDE) == "bfloat16"
    assert precision.resolved("auto", SMALL) == "float32"
    assert precision.resolved("auto", ModelConfig(cell="rnn", units=(512,))) == "float32"


@pytest.mark.parametrize("text", ["fpu avx2", "fpu avx512f avx512bw", ""])
def test_others_stay_with_float32(flags, text):
    flags(text)
    assert precision.resolved("auto", WIDE) == "float32"


def test_no_word_of_the_processor_is_float32(flags):
    assert precision.resolved("auto", WIDE) == "float32"
