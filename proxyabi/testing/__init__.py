"""The toolkit for people who write filters: run one without a network and see what it did."""
