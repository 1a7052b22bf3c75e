"""Many questions at once, whoever asks: the generation in force, the queue, counters, the log.

It may use the engine and `browse`, and knows nothing of HTTP."""
