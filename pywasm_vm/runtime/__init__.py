"""What exists while code runs: functions, memories, tables, globals, segments, and the raw form of values."""
