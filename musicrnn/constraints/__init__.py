"""What may come next: for each format the controls a user sets and the grammar that holds them."""
