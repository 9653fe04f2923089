"""What is wrong with a tune, and the smallest edits that mend it."""
