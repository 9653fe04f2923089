"""The report of an evaluation: one page that loads nothing from anywhere."""
