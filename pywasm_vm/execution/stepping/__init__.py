"""The tier `stepping`: a stack machine in the specification's own shape, one instruction at a time."""
