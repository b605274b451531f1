"""Operations on numbers, and nothing else: no stack, no type, no module.

Lives here: for each row of the instruction table that carries no expression, the function of its name (`i32.div_s` is
`i32_div_s`), and the roundings that expressions call.
Not here: what a row says by itself, and loads and stores.

spec: exec/numerics
"""
