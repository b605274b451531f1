"""The tier `native`: the C core runs the code."""
