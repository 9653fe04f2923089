"""Is a model good, are its tunes valid, are they new?"""
