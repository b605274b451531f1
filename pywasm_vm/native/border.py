"""The border with C that this code was written for. Written by native/generate.py from native/api_*.h."""

__all__ = ["BORDER"]

BORDER = 2693130709
