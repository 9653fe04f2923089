"""The same work done by many processes, or by many machines."""
