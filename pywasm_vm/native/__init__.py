"""The C core as Python sees it.

Lives here: the library itself, or the reason why it is not there (core.py), and the handing over of a module (tables.py).
Not here: the C sources (native/ at the top level), the rules of validation, and the tier that runs code by it (execution/native).
"""
