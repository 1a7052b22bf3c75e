"""Where each paper lies in two dimensions, and words for the regions.

It may use every package but `publishing` and `pipeline`."""
