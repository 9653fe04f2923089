"""Is a model good, are its tunes valid, are they new?

Metrics are pure functions on scores (`metrics`), collections are compared by distances with
intervals and a floor (`distances`), copies are found in any key (`musicrnn.novelty`), pieces of the
validation and test splits are scored by the network and by counting (`likelihood`, `ngrams`);
`study` gathers it all, `assess` draws the tunes for it, `page` shows it.
"""

from musicrnn.evaluation import metrics

__all__ = ["metrics"]
