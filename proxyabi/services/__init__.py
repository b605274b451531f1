"""What outlives a request and may be shared by plugins: clock, log, shared data, queues, metrics."""
