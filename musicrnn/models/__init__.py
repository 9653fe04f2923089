"""Models: what they are made of, how they are saved, how they are trained.

`config` and `bundle` import nothing heavy, so that sampling needs only NumPy; everything else
here imports Keras, inside the functions that need it.
"""
