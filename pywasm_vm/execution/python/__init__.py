"""The tier `python`: each function of a module as one generated Python function."""
