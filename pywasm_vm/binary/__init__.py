"""The binary format: bytes to `Module`.

Lives here: a cursor over bytes, one reader per kind of immediate, one function per section, and the order of sections.
Not here: whether the types of what was read fit (validation), and the text format.

spec: binary
"""
