"""The adapter of the default model."""
