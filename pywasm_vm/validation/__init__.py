"""Validation: types without values. Gives a `ValidModule` or raises `Invalid`.

Lives here: the rules of the standard's chapter of the same name, one file per family of instructions.
Not here: bytes, text, values, and how code will be run.

spec: valid
"""
