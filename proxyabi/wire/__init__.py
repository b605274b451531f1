"""Bytes on their way in or out: serialised maps and the little of protobuf that properties need. Pure functions."""
