"""Making tunes: a model by name, what is asked for, tunes; one, many, or on many machines."""

from musicrnn.generation.keras_side import Examples
from musicrnn.generation.model import BLOCK, DEFAULT_MODEL, Model, load
from musicrnn.generation.tune import Tune, Tunes

__all__ = ["BLOCK", "DEFAULT_MODEL", "Examples", "Model", "Tune", "Tunes", "load"]
