"""Pure parts: each knows one job, and none knows the network, the clock or a store."""
