"""Training: recipes, batches, the Keras network, its steps and the loop.

Everything that imports Keras is here, and imports it inside the functions that need it.
"""
