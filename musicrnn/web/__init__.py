"""The page that `musicrnn serve` shows, and its HTTP API (extra ``web``)."""
