"""The same generation where the vectors of its sections lie in Milvus, and the folder that mirrors the rest.

It may use `store` and what `store` uses; only `publishing` decides when it is used."""
