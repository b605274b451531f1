"""The instruction set as data: one row for each instruction of the standard and of the proposals we know.

Lives here: what an instruction is called, its opcode, its immediates, its stack type and its effect.
Not here: behaviour. A row knows words and numbers only, so any room may read it.
"""
