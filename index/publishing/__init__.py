"""Which generation is in force: opened, locked, published, rolled back, moved, looked over.

It may use every package but `map` and `pipeline`."""
