"""Is a model good, are its tunes valid, are they new?

Metrics are pure functions on scores (`metrics`), collections are compared by distances with
intervals and a floor (`distances`), copies are found in any key (`novelty`), held-out pieces are
scored by the network and by counting (`likelihood`, `ngrams`); `study` gathers it all, `page`
shows it.
"""

from musicrnn.evaluation import metrics
from musicrnn.novelty import index
from musicrnn.novelty.index import Index, Novelty

__all__ = ["Index", "Novelty", "metrics", "novelty"]
