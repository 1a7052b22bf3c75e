"""The service over HTTP, and the store as tools of language models.

It may use everything but `cli`; fastapi is imported below here only."""
