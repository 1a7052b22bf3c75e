"""Text to unit vectors: the default model, saved and hub models, torch and Ray, and where converted models are kept.

It reads weights and the folder of converted models, never a store."""
