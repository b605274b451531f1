"""The text format: characters to `Module` and back.

Lives here: tokens, literals, scopes of identifiers, one parser and one printer per kind of immediate, and the fields of a module.
Not here: whether the types of what was read fit (validation), bytes (binary), and the language of test scripts.

spec: text
"""
