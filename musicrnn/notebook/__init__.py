"""musicrnn inside a notebook: tunes to see and hear, sliders, a loss curve that grows.

A tune shows itself when it is the last line of a cell. The rest is here:

>>> from musicrnn import notebook
>>> notebook.gallery(model.generate(4, seed=1))  # doctest: +SKIP
>>> notebook.explore(model)  # doctest: +SKIP
>>> trainer.train(notebook.LiveCurve())  # doctest: +SKIP
"""

from musicrnn.notebook.curve import LiveCurve
from musicrnn.notebook.explore import explore
from musicrnn.notebook.show import audio, gallery, show
from musicrnn.training.curves import loss_curve

__all__ = ["LiveCurve", "audio", "explore", "gallery", "loss_curve", "show"]
