"""The border with C that this code was written for. Written by native/generate.py from native/api_*.h: run it again."""

__all__ = ["BORDER"]

BORDER = 1549456833
