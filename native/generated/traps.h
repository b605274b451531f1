/* Written by native/generate.py from pywasm_vm/errors.py. Change that, then run it again. */

/* TRAP(number, name, wording) */
#define WASM_TRAP_COUNT 25

#define WASM_TRAPS(TRAP) \
    TRAP(1, UNREACHABLE, "unreachable") \
    TRAP(2, INTEGER_DIVIDE_BY_ZERO, "integer divide by zero") \
    TRAP(3, INTEGER_OVERFLOW, "integer overflow") \
    TRAP(4, INVALID_CONVERSION_TO_INTEGER, "invalid conversion to integer") \
    TRAP(5, OUT_OF_BOUNDS_MEMORY_ACCESS, "out of bounds memory access") \
    TRAP(6, OUT_OF_BOUNDS_TABLE_ACCESS, "out of bounds table access") \
    TRAP(7, OUT_OF_BOUNDS_ARRAY_ACCESS, "out of bounds array access") \
    TRAP(8, UNDEFINED_ELEMENT, "undefined element") \
    TRAP(9, UNINITIALIZED_ELEMENT, "uninitialized element") \
    TRAP(10, INDIRECT_CALL_TYPE_MISMATCH, "indirect call type mismatch") \
    TRAP(11, NULL_REFERENCE, "null reference") \
    TRAP(12, NULL_FUNCTION_REFERENCE, "null function reference") \
    TRAP(13, NULL_STRUCTURE_REFERENCE, "null structure reference") \
    TRAP(14, NULL_ARRAY_REFERENCE, "null array reference") \
    TRAP(15, NULL_I31_REFERENCE, "null i31 reference") \
    TRAP(16, NULL_DESCRIPTOR_REFERENCE, "null descriptor reference") \
    TRAP(17, NULL_EXCEPTION_REFERENCE, "null exception reference") \
    TRAP(18, CAST_FAILURE, "cast failure") \
    TRAP(19, DESCRIPTOR_CAST_FAILURE, "descriptor cast failure") \
    TRAP(20, UNALIGNED_ATOMIC, "unaligned atomic") \
    TRAP(21, EXPECTED_SHARED_MEMORY, "expected shared memory") \
    TRAP(22, CALL_STACK_EXHAUSTED, "call stack exhausted") \
    TRAP(23, OUT_OF_FUEL, "out of fuel") \
    TRAP(24, OUT_OF_TIME, "out of time") \
    TRAP(25, OUT_OF_MEMORY, "out of memory")
