"""What a module is, whoever wrote it down: types, instructions, members.

Lives here: the abstract syntax of the specification, as values that never change.
Not here: how it is written (binary, text), what is allowed (validation), and what exists while it runs (runtime).

spec: syntax
"""
