"""The version of this package: read by hatchling when it builds, and by whoever writes it down."""

__version__ = "0.1.0"
