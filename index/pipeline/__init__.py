"""Sources to a new generation, computing only what changed.

It may use every other package of `index`; none of them uses it."""
