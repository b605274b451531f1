/* Written by native/generate.py from pywasm_vm/isa. Change that, then run it again. */

/* ROW(number, name, mnemonic, prefix or -1, opcode, stack type; "" where words cannot say it) */
#define WASM_OPCODE_COUNT 582

#define WASM_OPCODES(ROW) \
    ROW(0, unreachable, "unreachable", -1, 0x00, "") \
    ROW(1, nop, "nop", -1, 0x01, "->") \
    ROW(2, block, "block", -1, 0x02, "") \
    ROW(3, loop, "loop", -1, 0x03, "") \
    ROW(4, if, "if", -1, 0x04, "") \
    ROW(5, else, "else", -1, 0x05, "") \
    ROW(6, try, "try", -1, 0x06, "") \
    ROW(7, catch, "catch", -1, 0x07, "") \
    ROW(8, throw, "throw", -1, 0x08, "") \
    ROW(9, rethrow, "rethrow", -1, 0x09, "") \
    ROW(10, throw_ref, "throw_ref", -1, 0x0A, "") \
    ROW(11, end, "end", -1, 0x0B, "") \
    ROW(12, br, "br", -1, 0x0C, "") \
    ROW(13, br_if, "br_if", -1, 0x0D, "") \
    ROW(14, br_table, "br_table", -1, 0x0E, "") \
    ROW(15, return, "return", -1, 0x0F, "") \
    ROW(16, call, "call", -1, 0x10, "") \
    ROW(17, call_indirect, "call_indirect", -1, 0x11, "") \
    ROW(18, return_call, "return_call", -1, 0x12, "") \
    ROW(19, return_call_indirect, "return_call_indirect", -1, 0x13, "") \
    ROW(20, call_ref, "call_ref", -1, 0x14, "") \
    ROW(21, return_call_ref, "return_call_ref", -1, 0x15, "") \
    ROW(22, delegate, "delegate", -1, 0x18, "") \
    ROW(23, catch_all, "catch_all", -1, 0x19, "") \
    ROW(24, drop, "drop", -1, 0x1A, "") \
    ROW(25, select, "select", -1, 0x1B, "") \
    ROW(26, select_t, "select_t", -1, 0x1C, "") \
    ROW(27, try_table, "try_table", -1, 0x1F, "") \
    ROW(28, local_get, "local.get", -1, 0x20, "") \
    ROW(29, local_set, "local.set", -1, 0x21, "") \
    ROW(30, local_tee, "local.tee", -1, 0x22, "") \
    ROW(31, global_get, "global.get", -1, 0x23, "") \
    ROW(32, global_set, "global.set", -1, 0x24, "") \
    ROW(33, table_get, "table.get", -1, 0x25, "") \
    ROW(34, table_set, "table.set", -1, 0x26, "") \
    ROW(35, i32_load, "i32.load", -1, 0x28, "addr -> i32") \
    ROW(36, i64_load, "i64.load", -1, 0x29, "addr -> i64") \
    ROW(37, f32_load, "f32.load", -1, 0x2A, "addr -> f32") \
    ROW(38, f64_load, "f64.load", -1, 0x2B, "addr -> f64") \
    ROW(39, i32_load8_s, "i32.load8_s", -1, 0x2C, "addr -> i32") \
    ROW(40, i32_load8_u, "i32.load8_u", -1, 0x2D, "addr -> i32") \
    ROW(41, i32_load16_s, "i32.load16_s", -1, 0x2E, "addr -> i32") \
    ROW(42, i32_load16_u, "i32.load16_u", -1, 0x2F, "addr -> i32") \
    ROW(43, i64_load8_s, "i64.load8_s", -1, 0x30, "addr -> i64") \
    ROW(44, i64_load8_u, "i64.load8_u", -1, 0x31, "addr -> i64") \
    ROW(45, i64_load16_s, "i64.load16_s", -1, 0x32, "addr -> i64") \
    ROW(46, i64_load16_u, "i64.load16_u", -1, 0x33, "addr -> i64") \
    ROW(47, i64_load32_s, "i64.load32_s", -1, 0x34, "addr -> i64") \
    ROW(48, i64_load32_u, "i64.load32_u", -1, 0x35, "addr -> i64") \
    ROW(49, i32_store, "i32.store", -1, 0x36, "addr i32 ->") \
    ROW(50, i64_store, "i64.store", -1, 0x37, "addr i64 ->") \
    ROW(51, f32_store, "f32.store", -1, 0x38, "addr f32 ->") \
    ROW(52, f64_store, "f64.store", -1, 0x39, "addr f64 ->") \
    ROW(53, i32_store8, "i32.store8", -1, 0x3A, "addr i32 ->") \
    ROW(54, i32_store16, "i32.store16", -1, 0x3B, "addr i32 ->") \
    ROW(55, i64_store8, "i64.store8", -1, 0x3C, "addr i64 ->") \
    ROW(56, i64_store16, "i64.store16", -1, 0x3D, "addr i64 ->") \
    ROW(57, i64_store32, "i64.store32", -1, 0x3E, "addr i64 ->") \
    ROW(58, memory_size, "memory.size", -1, 0x3F, "-> addr") \
    ROW(59, memory_grow, "memory.grow", -1, 0x40, "addr -> addr") \
    ROW(60, i32_const, "i32.const", -1, 0x41, "-> i32") \
    ROW(61, i64_const, "i64.const", -1, 0x42, "-> i64") \
    ROW(62, f32_const, "f32.const", -1, 0x43, "-> f32") \
    ROW(63, f64_const, "f64.const", -1, 0x44, "-> f64") \
    ROW(64, i32_eqz, "i32.eqz", -1, 0x45, "i32 -> i32") \
    ROW(65, i32_eq, "i32.eq", -1, 0x46, "i32 i32 -> i32") \
    ROW(66, i32_ne, "i32.ne", -1, 0x47, "i32 i32 -> i32") \
    ROW(67, i32_lt_s, "i32.lt_s", -1, 0x48, "i32 i32 -> i32") \
    ROW(68, i32_lt_u, "i32.lt_u", -1, 0x49, "i32 i32 -> i32") \
    ROW(69, i32_gt_s, "i32.gt_s", -1, 0x4A, "i32 i32 -> i32") \
    ROW(70, i32_gt_u, "i32.gt_u", -1, 0x4B, "i32 i32 -> i32") \
    ROW(71, i32_le_s, "i32.le_s", -1, 0x4C, "i32 i32 -> i32") \
    ROW(72, i32_le_u, "i32.le_u", -1, 0x4D, "i32 i32 -> i32") \
    ROW(73, i32_ge_s, "i32.ge_s", -1, 0x4E, "i32 i32 -> i32") \
    ROW(74, i32_ge_u, "i32.ge_u", -1, 0x4F, "i32 i32 -> i32") \
    ROW(75, i64_eqz, "i64.eqz", -1, 0x50, "i64 -> i32") \
    ROW(76, i64_eq, "i64.eq", -1, 0x51, "i64 i64 -> i32") \
    ROW(77, i64_ne, "i64.ne", -1, 0x52, "i64 i64 -> i32") \
    ROW(78, i64_lt_s, "i64.lt_s", -1, 0x53, "i64 i64 -> i32") \
    ROW(79, i64_lt_u, "i64.lt_u", -1, 0x54, "i64 i64 -> i32") \
    ROW(80, i64_gt_s, "i64.gt_s", -1, 0x55, "i64 i64 -> i32") \
    ROW(81, i64_gt_u, "i64.gt_u", -1, 0x56, "i64 i64 -> i32") \
    ROW(82, i64_le_s, "i64.le_s", -1, 0x57, "i64 i64 -> i32") \
    ROW(83, i64_le_u, "i64.le_u", -1, 0x58, "i64 i64 -> i32") \
    ROW(84, i64_ge_s, "i64.ge_s", -1, 0x59, "i64 i64 -> i32") \
    ROW(85, i64_ge_u, "i64.ge_u", -1, 0x5A, "i64 i64 -> i32") \
    ROW(86, f32_eq, "f32.eq", -1, 0x5B, "f32 f32 -> i32") \
    ROW(87, f32_ne, "f32.ne", -1, 0x5C, "f32 f32 -> i32") \
    ROW(88, f32_lt, "f32.lt", -1, 0x5D, "f32 f32 -> i32") \
    ROW(89, f32_gt, "f32.gt", -1, 0x5E, "f32 f32 -> i32") \
    ROW(90, f32_le, "f32.le", -1, 0x5F, "f32 f32 -> i32") \
    ROW(91, f32_ge, "f32.ge", -1, 0x60, "f32 f32 -> i32") \
    ROW(92, f64_eq, "f64.eq", -1, 0x61, "f64 f64 -> i32") \
    ROW(93, f64_ne, "f64.ne", -1, 0x62, "f64 f64 -> i32") \
    ROW(94, f64_lt, "f64.lt", -1, 0x63, "f64 f64 -> i32") \
    ROW(95, f64_gt, "f64.gt", -1, 0x64, "f64 f64 -> i32") \
    ROW(96, f64_le, "f64.le", -1, 0x65, "f64 f64 -> i32") \
    ROW(97, f64_ge, "f64.ge", -1, 0x66, "f64 f64 -> i32") \
    ROW(98, i32_clz, "i32.clz", -1, 0x67, "i32 -> i32") \
    ROW(99, i32_ctz, "i32.ctz", -1, 0x68, "i32 -> i32") \
    ROW(100, i32_popcnt, "i32.popcnt", -1, 0x69, "i32 -> i32") \
    ROW(101, i32_add, "i32.add", -1, 0x6A, "i32 i32 -> i32") \
    ROW(102, i32_sub, "i32.sub", -1, 0x6B, "i32 i32 -> i32") \
    ROW(103, i32_mul, "i32.mul", -1, 0x6C, "i32 i32 -> i32") \
    ROW(104, i32_div_s, "i32.div_s", -1, 0x6D, "i32 i32 -> i32") \
    ROW(105, i32_div_u, "i32.div_u", -1, 0x6E, "i32 i32 -> i32") \
    ROW(106, i32_rem_s, "i32.rem_s", -1, 0x6F, "i32 i32 -> i32") \
    ROW(107, i32_rem_u, "i32.rem_u", -1, 0x70, "i32 i32 -> i32") \
    ROW(108, i32_and, "i32.and", -1, 0x71, "i32 i32 -> i32") \
    ROW(109, i32_or, "i32.or", -1, 0x72, "i32 i32 -> i32") \
    ROW(110, i32_xor, "i32.xor", -1, 0x73, "i32 i32 -> i32") \
    ROW(111, i32_shl, "i32.shl", -1, 0x74, "i32 i32 -> i32") \
    ROW(112, i32_shr_s, "i32.shr_s", -1, 0x75, "i32 i32 -> i32") \
    ROW(113, i32_shr_u, "i32.shr_u", -1, 0x76, "i32 i32 -> i32") \
    ROW(114, i32_rotl, "i32.rotl", -1, 0x77, "i32 i32 -> i32") \
    ROW(115, i32_rotr, "i32.rotr", -1, 0x78, "i32 i32 -> i32") \
    ROW(116, i64_clz, "i64.clz", -1, 0x79, "i64 -> i64") \
    ROW(117, i64_ctz, "i64.ctz", -1, 0x7A, "i64 -> i64") \
    ROW(118, i64_popcnt, "i64.popcnt", -1, 0x7B, "i64 -> i64") \
    ROW(119, i64_add, "i64.add", -1, 0x7C, "i64 i64 -> i64") \
    ROW(120, i64_sub, "i64.sub", -1, 0x7D, "i64 i64 -> i64") \
    ROW(121, i64_mul, "i64.mul", -1, 0x7E, "i64 i64 -> i64") \
    ROW(122, i64_div_s, "i64.div_s", -1, 0x7F, "i64 i64 -> i64") \
    ROW(123, i64_div_u, "i64.div_u", -1, 0x80, "i64 i64 -> i64") \
    ROW(124, i64_rem_s, "i64.rem_s", -1, 0x81, "i64 i64 -> i64") \
    ROW(125, i64_rem_u, "i64.rem_u", -1, 0x82, "i64 i64 -> i64") \
    ROW(126, i64_and, "i64.and", -1, 0x83, "i64 i64 -> i64") \
    ROW(127, i64_or, "i64.or", -1, 0x84, "i64 i64 -> i64") \
    ROW(128, i64_xor, "i64.xor", -1, 0x85, "i64 i64 -> i64") \
    ROW(129, i64_shl, "i64.shl", -1, 0x86, "i64 i64 -> i64") \
    ROW(130, i64_shr_s, "i64.shr_s", -1, 0x87, "i64 i64 -> i64") \
    ROW(131, i64_shr_u, "i64.shr_u", -1, 0x88, "i64 i64 -> i64") \
    ROW(132, i64_rotl, "i64.rotl", -1, 0x89, "i64 i64 -> i64") \
    ROW(133, i64_rotr, "i64.rotr", -1, 0x8A, "i64 i64 -> i64") \
    ROW(134, f32_abs, "f32.abs", -1, 0x8B, "f32 -> f32") \
    ROW(135, f32_neg, "f32.neg", -1, 0x8C, "f32 -> f32") \
    ROW(136, f32_ceil, "f32.ceil", -1, 0x8D, "f32 -> f32") \
    ROW(137, f32_floor, "f32.floor", -1, 0x8E, "f32 -> f32") \
    ROW(138, f32_trunc, "f32.trunc", -1, 0x8F, "f32 -> f32") \
    ROW(139, f32_nearest, "f32.nearest", -1, 0x90, "f32 -> f32") \
    ROW(140, f32_sqrt, "f32.sqrt", -1, 0x91, "f32 -> f32") \
    ROW(141, f32_add, "f32.add", -1, 0x92, "f32 f32 -> f32") \
    ROW(142, f32_sub, "f32.sub", -1, 0x93, "f32 f32 -> f32") \
    ROW(143, f32_mul, "f32.mul", -1, 0x94, "f32 f32 -> f32") \
    ROW(144, f32_div, "f32.div", -1, 0x95, "f32 f32 -> f32") \
    ROW(145, f32_min, "f32.min", -1, 0x96, "f32 f32 -> f32") \
    ROW(146, f32_max, "f32.max", -1, 0x97, "f32 f32 -> f32") \
    ROW(147, f32_copysign, "f32.copysign", -1, 0x98, "f32 f32 -> f32") \
    ROW(148, f64_abs, "f64.abs", -1, 0x99, "f64 -> f64") \
    ROW(149, f64_neg, "f64.neg", -1, 0x9A, "f64 -> f64") \
    ROW(150, f64_ceil, "f64.ceil", -1, 0x9B, "f64 -> f64") \
    ROW(151, f64_floor, "f64.floor", -1, 0x9C, "f64 -> f64") \
    ROW(152, f64_trunc, "f64.trunc", -1, 0x9D, "f64 -> f64") \
    ROW(153, f64_nearest, "f64.nearest", -1, 0x9E, "f64 -> f64") \
    ROW(154, f64_sqrt, "f64.sqrt", -1, 0x9F, "f64 -> f64") \
    ROW(155, f64_add, "f64.add", -1, 0xA0, "f64 f64 -> f64") \
    ROW(156, f64_sub, "f64.sub", -1, 0xA1, "f64 f64 -> f64") \
    ROW(157, f64_mul, "f64.mul", -1, 0xA2, "f64 f64 -> f64") \
    ROW(158, f64_div, "f64.div", -1, 0xA3, "f64 f64 -> f64") \
    ROW(159, f64_min, "f64.min", -1, 0xA4, "f64 f64 -> f64") \
    ROW(160, f64_max, "f64.max", -1, 0xA5, "f64 f64 -> f64") \
    ROW(161, f64_copysign, "f64.copysign", -1, 0xA6, "f64 f64 -> f64") \
    ROW(162, i32_wrap_i64, "i32.wrap_i64", -1, 0xA7, "i64 -> i32") \
    ROW(163, i32_trunc_f32_s, "i32.trunc_f32_s", -1, 0xA8, "f32 -> i32") \
    ROW(164, i32_trunc_f32_u, "i32.trunc_f32_u", -1, 0xA9, "f32 -> i32") \
    ROW(165, i32_trunc_f64_s, "i32.trunc_f64_s", -1, 0xAA, "f64 -> i32") \
    ROW(166, i32_trunc_f64_u, "i32.trunc_f64_u", -1, 0xAB, "f64 -> i32") \
    ROW(167, i64_extend_i32_s, "i64.extend_i32_s", -1, 0xAC, "i32 -> i64") \
    ROW(168, i64_extend_i32_u, "i64.extend_i32_u", -1, 0xAD, "i32 -> i64") \
    ROW(169, i64_trunc_f32_s, "i64.trunc_f32_s", -1, 0xAE, "f32 -> i64") \
    ROW(170, i64_trunc_f32_u, "i64.trunc_f32_u", -1, 0xAF, "f32 -> i64") \
    ROW(171, i64_trunc_f64_s, "i64.trunc_f64_s", -1, 0xB0, "f64 -> i64") \
    ROW(172, i64_trunc_f64_u, "i64.trunc_f64_u", -1, 0xB1, "f64 -> i64") \
    ROW(173, f32_convert_i32_s, "f32.convert_i32_s", -1, 0xB2, "i32 -> f32") \
    ROW(174, f32_convert_i32_u, "f32.convert_i32_u", -1, 0xB3, "i32 -> f32") \
    ROW(175, f32_convert_i64_s, "f32.convert_i64_s", -1, 0xB4, "i64 -> f32") \
    ROW(176, f32_convert_i64_u, "f32.convert_i64_u", -1, 0xB5, "i64 -> f32") \
    ROW(177, f32_demote_f64, "f32.demote_f64", -1, 0xB6, "f64 -> f32") \
    ROW(178, f64_convert_i32_s, "f64.convert_i32_s", -1, 0xB7, "i32 -> f64") \
    ROW(179, f64_convert_i32_u, "f64.convert_i32_u", -1, 0xB8, "i32 -> f64") \
    ROW(180, f64_convert_i64_s, "f64.convert_i64_s", -1, 0xB9, "i64 -> f64") \
    ROW(181, f64_convert_i64_u, "f64.convert_i64_u", -1, 0xBA, "i64 -> f64") \
    ROW(182, f64_promote_f32, "f64.promote_f32", -1, 0xBB, "f32 -> f64") \
    ROW(183, i32_reinterpret_f32, "i32.reinterpret_f32", -1, 0xBC, "f32 -> i32") \
    ROW(184, i64_reinterpret_f64, "i64.reinterpret_f64", -1, 0xBD, "f64 -> i64") \
    ROW(185, f32_reinterpret_i32, "f32.reinterpret_i32", -1, 0xBE, "i32 -> f32") \
    ROW(186, f64_reinterpret_i64, "f64.reinterpret_i64", -1, 0xBF, "i64 -> f64") \
    ROW(187, i32_extend8_s, "i32.extend8_s", -1, 0xC0, "i32 -> i32") \
    ROW(188, i32_extend16_s, "i32.extend16_s", -1, 0xC1, "i32 -> i32") \
    ROW(189, i64_extend8_s, "i64.extend8_s", -1, 0xC2, "i64 -> i64") \
    ROW(190, i64_extend16_s, "i64.extend16_s", -1, 0xC3, "i64 -> i64") \
    ROW(191, i64_extend32_s, "i64.extend32_s", -1, 0xC4, "i64 -> i64") \
    ROW(192, ref_null, "ref.null", -1, 0xD0, "") \
    ROW(193, ref_is_null, "ref.is_null", -1, 0xD1, "") \
    ROW(194, ref_func, "ref.func", -1, 0xD2, "") \
    ROW(195, ref_eq, "ref.eq", -1, 0xD3, "eqref eqref -> i32") \
    ROW(196, ref_as_non_null, "ref.as_non_null", -1, 0xD4, "") \
    ROW(197, br_on_null, "br_on_null", -1, 0xD5, "") \
    ROW(198, br_on_non_null, "br_on_non_null", -1, 0xD6, "") \
    ROW(199, struct_new, "struct.new", 0xFB, 0x00, "") \
    ROW(200, struct_new_default, "struct.new_default", 0xFB, 0x01, "") \
    ROW(201, struct_get, "struct.get", 0xFB, 0x02, "") \
    ROW(202, struct_get_s, "struct.get_s", 0xFB, 0x03, "") \
    ROW(203, struct_get_u, "struct.get_u", 0xFB, 0x04, "") \
    ROW(204, struct_set, "struct.set", 0xFB, 0x05, "") \
    ROW(205, array_new, "array.new", 0xFB, 0x06, "") \
    ROW(206, array_new_default, "array.new_default", 0xFB, 0x07, "") \
    ROW(207, array_new_fixed, "array.new_fixed", 0xFB, 0x08, "") \
    ROW(208, array_new_data, "array.new_data", 0xFB, 0x09, "") \
    ROW(209, array_new_elem, "array.new_elem", 0xFB, 0x0A, "") \
    ROW(210, array_get, "array.get", 0xFB, 0x0B, "") \
    ROW(211, array_get_s, "array.get_s", 0xFB, 0x0C, "") \
    ROW(212, array_get_u, "array.get_u", 0xFB, 0x0D, "") \
    ROW(213, array_set, "array.set", 0xFB, 0x0E, "") \
    ROW(214, array_len, "array.len", 0xFB, 0x0F, "arrayref -> i32") \
    ROW(215, array_fill, "array.fill", 0xFB, 0x10, "") \
    ROW(216, array_copy, "array.copy", 0xFB, 0x11, "") \
    ROW(217, array_init_data, "array.init_data", 0xFB, 0x12, "") \
    ROW(218, array_init_elem, "array.init_elem", 0xFB, 0x13, "") \
    ROW(219, ref_test, "ref.test", 0xFB, 0x14, "") \
    ROW(220, ref_test_null, "ref.test_null", 0xFB, 0x15, "") \
    ROW(221, ref_cast, "ref.cast", 0xFB, 0x16, "") \
    ROW(222, ref_cast_null, "ref.cast_null", 0xFB, 0x17, "") \
    ROW(223, br_on_cast, "br_on_cast", 0xFB, 0x18, "") \
    ROW(224, br_on_cast_fail, "br_on_cast_fail", 0xFB, 0x19, "") \
    ROW(225, any_convert_extern, "any.convert_extern", 0xFB, 0x1A, "") \
    ROW(226, extern_convert_any, "extern.convert_any", 0xFB, 0x1B, "") \
    ROW(227, ref_i31, "ref.i31", 0xFB, 0x1C, "") \
    ROW(228, i31_get_s, "i31.get_s", 0xFB, 0x1D, "i31ref -> i32") \
    ROW(229, i31_get_u, "i31.get_u", 0xFB, 0x1E, "i31ref -> i32") \
    ROW(230, struct_new_desc, "struct.new_desc", 0xFB, 0x20, "") \
    ROW(231, struct_new_default_desc, "struct.new_default_desc", 0xFB, 0x21, "") \
    ROW(232, ref_get_desc, "ref.get_desc", 0xFB, 0x22, "") \
    ROW(233, ref_cast_desc_eq, "ref.cast_desc_eq", 0xFB, 0x23, "") \
    ROW(234, ref_cast_desc_eq_null, "ref.cast_desc_eq_null", 0xFB, 0x24, "") \
    ROW(235, br_on_cast_desc_eq, "br_on_cast_desc_eq", 0xFB, 0x25, "") \
    ROW(236, br_on_cast_desc_eq_fail, "br_on_cast_desc_eq_fail", 0xFB, 0x26, "") \
    ROW(237, i32_trunc_sat_f32_s, "i32.trunc_sat_f32_s", 0xFC, 0x00, "f32 -> i32") \
    ROW(238, i32_trunc_sat_f32_u, "i32.trunc_sat_f32_u", 0xFC, 0x01, "f32 -> i32") \
    ROW(239, i32_trunc_sat_f64_s, "i32.trunc_sat_f64_s", 0xFC, 0x02, "f64 -> i32") \
    ROW(240, i32_trunc_sat_f64_u, "i32.trunc_sat_f64_u", 0xFC, 0x03, "f64 -> i32") \
    ROW(241, i64_trunc_sat_f32_s, "i64.trunc_sat_f32_s", 0xFC, 0x04, "f32 -> i64") \
    ROW(242, i64_trunc_sat_f32_u, "i64.trunc_sat_f32_u", 0xFC, 0x05, "f32 -> i64") \
    ROW(243, i64_trunc_sat_f64_s, "i64.trunc_sat_f64_s", 0xFC, 0x06, "f64 -> i64") \
    ROW(244, i64_trunc_sat_f64_u, "i64.trunc_sat_f64_u", 0xFC, 0x07, "f64 -> i64") \
    ROW(245, memory_init, "memory.init", 0xFC, 0x08, "addr i32 i32 ->") \
    ROW(246, data_drop, "data.drop", 0xFC, 0x09, "->") \
    ROW(247, memory_copy, "memory.copy", 0xFC, 0x0A, "") \
    ROW(248, memory_fill, "memory.fill", 0xFC, 0x0B, "addr i32 addr ->") \
    ROW(249, table_init, "table.init", 0xFC, 0x0C, "addr i32 i32 ->") \
    ROW(250, elem_drop, "elem.drop", 0xFC, 0x0D, "->") \
    ROW(251, table_copy, "table.copy", 0xFC, 0x0E, "") \
    ROW(252, table_grow, "table.grow", 0xFC, 0x0F, "") \
    ROW(253, table_size, "table.size", 0xFC, 0x10, "-> addr") \
    ROW(254, table_fill, "table.fill", 0xFC, 0x11, "") \
    ROW(255, i64_add128, "i64.add128", 0xFC, 0x13, "i64 i64 i64 i64 -> i64 i64") \
    ROW(256, i64_sub128, "i64.sub128", 0xFC, 0x14, "i64 i64 i64 i64 -> i64 i64") \
    ROW(257, i64_mul_wide_s, "i64.mul_wide_s", 0xFC, 0x15, "i64 i64 -> i64 i64") \
    ROW(258, i64_mul_wide_u, "i64.mul_wide_u", 0xFC, 0x16, "i64 i64 -> i64 i64") \
    ROW(259, v128_load, "v128.load", 0xFD, 0x00, "addr -> v128") \
    ROW(260, v128_load8x8_s, "v128.load8x8_s", 0xFD, 0x01, "addr -> v128") \
    ROW(261, v128_load8x8_u, "v128.load8x8_u", 0xFD, 0x02, "addr -> v128") \
    ROW(262, v128_load16x4_s, "v128.load16x4_s", 0xFD, 0x03, "addr -> v128") \
    ROW(263, v128_load16x4_u, "v128.load16x4_u", 0xFD, 0x04, "addr -> v128") \
    ROW(264, v128_load32x2_s, "v128.load32x2_s", 0xFD, 0x05, "addr -> v128") \
    ROW(265, v128_load32x2_u, "v128.load32x2_u", 0xFD, 0x06, "addr -> v128") \
    ROW(266, v128_load8_splat, "v128.load8_splat", 0xFD, 0x07, "addr -> v128") \
    ROW(267, v128_load16_splat, "v128.load16_splat", 0xFD, 0x08, "addr -> v128") \
    ROW(268, v128_load32_splat, "v128.load32_splat", 0xFD, 0x09, "addr -> v128") \
    ROW(269, v128_load64_splat, "v128.load64_splat", 0xFD, 0x0A, "addr -> v128") \
    ROW(270, v128_store, "v128.store", 0xFD, 0x0B, "addr v128 ->") \
    ROW(271, v128_const, "v128.const", 0xFD, 0x0C, "-> v128") \
    ROW(272, i8x16_shuffle, "i8x16.shuffle", 0xFD, 0x0D, "v128 v128 -> v128") \
    ROW(273, i8x16_swizzle, "i8x16.swizzle", 0xFD, 0x0E, "v128 v128 -> v128") \
    ROW(274, i8x16_splat, "i8x16.splat", 0xFD, 0x0F, "i32 -> v128") \
    ROW(275, i16x8_splat, "i16x8.splat", 0xFD, 0x10, "i32 -> v128") \
    ROW(276, i32x4_splat, "i32x4.splat", 0xFD, 0x11, "i32 -> v128") \
    ROW(277, i64x2_splat, "i64x2.splat", 0xFD, 0x12, "i64 -> v128") \
    ROW(278, f32x4_splat, "f32x4.splat", 0xFD, 0x13, "f32 -> v128") \
    ROW(279, f64x2_splat, "f64x2.splat", 0xFD, 0x14, "f64 -> v128") \
    ROW(280, i8x16_extract_lane_s, "i8x16.extract_lane_s", 0xFD, 0x15, "v128 -> i32") \
    ROW(281, i8x16_extract_lane_u, "i8x16.extract_lane_u", 0xFD, 0x16, "v128 -> i32") \
    ROW(282, i8x16_replace_lane, "i8x16.replace_lane", 0xFD, 0x17, "v128 i32 -> v128") \
    ROW(283, i16x8_extract_lane_s, "i16x8.extract_lane_s", 0xFD, 0x18, "v128 -> i32") \
    ROW(284, i16x8_extract_lane_u, "i16x8.extract_lane_u", 0xFD, 0x19, "v128 -> i32") \
    ROW(285, i16x8_replace_lane, "i16x8.replace_lane", 0xFD, 0x1A, "v128 i32 -> v128") \
    ROW(286, i32x4_extract_lane, "i32x4.extract_lane", 0xFD, 0x1B, "v128 -> i32") \
    ROW(287, i32x4_replace_lane, "i32x4.replace_lane", 0xFD, 0x1C, "v128 i32 -> v128") \
    ROW(288, i64x2_extract_lane, "i64x2.extract_lane", 0xFD, 0x1D, "v128 -> i64") \
    ROW(289, i64x2_replace_lane, "i64x2.replace_lane", 0xFD, 0x1E, "v128 i64 -> v128") \
    ROW(290, f32x4_extract_lane, "f32x4.extract_lane", 0xFD, 0x1F, "v128 -> f32") \
    ROW(291, f32x4_replace_lane, "f32x4.replace_lane", 0xFD, 0x20, "v128 f32 -> v128") \
    ROW(292, f64x2_extract_lane, "f64x2.extract_lane", 0xFD, 0x21, "v128 -> f64") \
    ROW(293, f64x2_replace_lane, "f64x2.replace_lane", 0xFD, 0x22, "v128 f64 -> v128") \
    ROW(294, i8x16_eq, "i8x16.eq", 0xFD, 0x23, "v128 v128 -> v128") \
    ROW(295, i8x16_ne, "i8x16.ne", 0xFD, 0x24, "v128 v128 -> v128") \
    ROW(296, i8x16_lt_s, "i8x16.lt_s", 0xFD, 0x25, "v128 v128 -> v128") \
    ROW(297, i8x16_lt_u, "i8x16.lt_u", 0xFD, 0x26, "v128 v128 -> v128") \
    ROW(298, i8x16_gt_s, "i8x16.gt_s", 0xFD, 0x27, "v128 v128 -> v128") \
    ROW(299, i8x16_gt_u, "i8x16.gt_u", 0xFD, 0x28, "v128 v128 -> v128") \
    ROW(300, i8x16_le_s, "i8x16.le_s", 0xFD, 0x29, "v128 v128 -> v128") \
    ROW(301, i8x16_le_u, "i8x16.le_u", 0xFD, 0x2A, "v128 v128 -> v128") \
    ROW(302, i8x16_ge_s, "i8x16.ge_s", 0xFD, 0x2B, "v128 v128 -> v128") \
    ROW(303, i8x16_ge_u, "i8x16.ge_u", 0xFD, 0x2C, "v128 v128 -> v128") \
    ROW(304, i16x8_eq, "i16x8.eq", 0xFD, 0x2D, "v128 v128 -> v128") \
    ROW(305, i16x8_ne, "i16x8.ne", 0xFD, 0x2E, "v128 v128 -> v128") \
    ROW(306, i16x8_lt_s, "i16x8.lt_s", 0xFD, 0x2F, "v128 v128 -> v128") \
    ROW(307, i16x8_lt_u, "i16x8.lt_u", 0xFD, 0x30, "v128 v128 -> v128") \
    ROW(308, i16x8_gt_s, "i16x8.gt_s", 0xFD, 0x31, "v128 v128 -> v128") \
    ROW(309, i16x8_gt_u, "i16x8.gt_u", 0xFD, 0x32, "v128 v128 -> v128") \
    ROW(310, i16x8_le_s, "i16x8.le_s", 0xFD, 0x33, "v128 v128 -> v128") \
    ROW(311, i16x8_le_u, "i16x8.le_u", 0xFD, 0x34, "v128 v128 -> v128") \
    ROW(312, i16x8_ge_s, "i16x8.ge_s", 0xFD, 0x35, "v128 v128 -> v128") \
    ROW(313, i16x8_ge_u, "i16x8.ge_u", 0xFD, 0x36, "v128 v128 -> v128") \
    ROW(314, i32x4_eq, "i32x4.eq", 0xFD, 0x37, "v128 v128 -> v128") \
    ROW(315, i32x4_ne, "i32x4.ne", 0xFD, 0x38, "v128 v128 -> v128") \
    ROW(316, i32x4_lt_s, "i32x4.lt_s", 0xFD, 0x39, "v128 v128 -> v128") \
    ROW(317, i32x4_lt_u, "i32x4.lt_u", 0xFD, 0x3A, "v128 v128 -> v128") \
    ROW(318, i32x4_gt_s, "i32x4.gt_s", 0xFD, 0x3B, "v128 v128 -> v128") \
    ROW(319, i32x4_gt_u, "i32x4.gt_u", 0xFD, 0x3C, "v128 v128 -> v128") \
    ROW(320, i32x4_le_s, "i32x4.le_s", 0xFD, 0x3D, "v128 v128 -> v128") \
    ROW(321, i32x4_le_u, "i32x4.le_u", 0xFD, 0x3E, "v128 v128 -> v128") \
    ROW(322, i32x4_ge_s, "i32x4.ge_s", 0xFD, 0x3F, "v128 v128 -> v128") \
    ROW(323, i32x4_ge_u, "i32x4.ge_u", 0xFD, 0x40, "v128 v128 -> v128") \
    ROW(324, f32x4_eq, "f32x4.eq", 0xFD, 0x41, "v128 v128 -> v128") \
    ROW(325, f32x4_ne, "f32x4.ne", 0xFD, 0x42, "v128 v128 -> v128") \
    ROW(326, f32x4_lt, "f32x4.lt", 0xFD, 0x43, "v128 v128 -> v128") \
    ROW(327, f32x4_gt, "f32x4.gt", 0xFD, 0x44, "v128 v128 -> v128") \
    ROW(328, f32x4_le, "f32x4.le", 0xFD, 0x45, "v128 v128 -> v128") \
    ROW(329, f32x4_ge, "f32x4.ge", 0xFD, 0x46, "v128 v128 -> v128") \
    ROW(330, f64x2_eq, "f64x2.eq", 0xFD, 0x47, "v128 v128 -> v128") \
    ROW(331, f64x2_ne, "f64x2.ne", 0xFD, 0x48, "v128 v128 -> v128") \
    ROW(332, f64x2_lt, "f64x2.lt", 0xFD, 0x49, "v128 v128 -> v128") \
    ROW(333, f64x2_gt, "f64x2.gt", 0xFD, 0x4A, "v128 v128 -> v128") \
    ROW(334, f64x2_le, "f64x2.le", 0xFD, 0x4B, "v128 v128 -> v128") \
    ROW(335, f64x2_ge, "f64x2.ge", 0xFD, 0x4C, "v128 v128 -> v128") \
    ROW(336, v128_not, "v128.not", 0xFD, 0x4D, "v128 -> v128") \
    ROW(337, v128_and, "v128.and", 0xFD, 0x4E, "v128 v128 -> v128") \
    ROW(338, v128_andnot, "v128.andnot", 0xFD, 0x4F, "v128 v128 -> v128") \
    ROW(339, v128_or, "v128.or", 0xFD, 0x50, "v128 v128 -> v128") \
    ROW(340, v128_xor, "v128.xor", 0xFD, 0x51, "v128 v128 -> v128") \
    ROW(341, v128_bitselect, "v128.bitselect", 0xFD, 0x52, "v128 v128 v128 -> v128") \
    ROW(342, v128_any_true, "v128.any_true", 0xFD, 0x53, "v128 -> i32") \
    ROW(343, v128_load8_lane, "v128.load8_lane", 0xFD, 0x54, "addr v128 -> v128") \
    ROW(344, v128_load16_lane, "v128.load16_lane", 0xFD, 0x55, "addr v128 -> v128") \
    ROW(345, v128_load32_lane, "v128.load32_lane", 0xFD, 0x56, "addr v128 -> v128") \
    ROW(346, v128_load64_lane, "v128.load64_lane", 0xFD, 0x57, "addr v128 -> v128") \
    ROW(347, v128_store8_lane, "v128.store8_lane", 0xFD, 0x58, "addr v128 ->") \
    ROW(348, v128_store16_lane, "v128.store16_lane", 0xFD, 0x59, "addr v128 ->") \
    ROW(349, v128_store32_lane, "v128.store32_lane", 0xFD, 0x5A, "addr v128 ->") \
    ROW(350, v128_store64_lane, "v128.store64_lane", 0xFD, 0x5B, "addr v128 ->") \
    ROW(351, v128_load32_zero, "v128.load32_zero", 0xFD, 0x5C, "addr -> v128") \
    ROW(352, v128_load64_zero, "v128.load64_zero", 0xFD, 0x5D, "addr -> v128") \
    ROW(353, f32x4_demote_f64x2_zero, "f32x4.demote_f64x2_zero", 0xFD, 0x5E, "v128 -> v128") \
    ROW(354, f64x2_promote_low_f32x4, "f64x2.promote_low_f32x4", 0xFD, 0x5F, "v128 -> v128") \
    ROW(355, i8x16_abs, "i8x16.abs", 0xFD, 0x60, "v128 -> v128") \
    ROW(356, i8x16_neg, "i8x16.neg", 0xFD, 0x61, "v128 -> v128") \
    ROW(357, i8x16_popcnt, "i8x16.popcnt", 0xFD, 0x62, "v128 -> v128") \
    ROW(358, i8x16_all_true, "i8x16.all_true", 0xFD, 0x63, "v128 -> i32") \
    ROW(359, i8x16_bitmask, "i8x16.bitmask", 0xFD, 0x64, "v128 -> i32") \
    ROW(360, i8x16_narrow_i16x8_s, "i8x16.narrow_i16x8_s", 0xFD, 0x65, "v128 v128 -> v128") \
    ROW(361, i8x16_narrow_i16x8_u, "i8x16.narrow_i16x8_u", 0xFD, 0x66, "v128 v128 -> v128") \
    ROW(362, f32x4_ceil, "f32x4.ceil", 0xFD, 0x67, "v128 -> v128") \
    ROW(363, f32x4_floor, "f32x4.floor", 0xFD, 0x68, "v128 -> v128") \
    ROW(364, f32x4_trunc, "f32x4.trunc", 0xFD, 0x69, "v128 -> v128") \
    ROW(365, f32x4_nearest, "f32x4.nearest", 0xFD, 0x6A, "v128 -> v128") \
    ROW(366, i8x16_shl, "i8x16.shl", 0xFD, 0x6B, "v128 i32 -> v128") \
    ROW(367, i8x16_shr_s, "i8x16.shr_s", 0xFD, 0x6C, "v128 i32 -> v128") \
    ROW(368, i8x16_shr_u, "i8x16.shr_u", 0xFD, 0x6D, "v128 i32 -> v128") \
    ROW(369, i8x16_add, "i8x16.add", 0xFD, 0x6E, "v128 v128 -> v128") \
    ROW(370, i8x16_add_sat_s, "i8x16.add_sat_s", 0xFD, 0x6F, "v128 v128 -> v128") \
    ROW(371, i8x16_add_sat_u, "i8x16.add_sat_u", 0xFD, 0x70, "v128 v128 -> v128") \
    ROW(372, i8x16_sub, "i8x16.sub", 0xFD, 0x71, "v128 v128 -> v128") \
    ROW(373, i8x16_sub_sat_s, "i8x16.sub_sat_s", 0xFD, 0x72, "v128 v128 -> v128") \
    ROW(374, i8x16_sub_sat_u, "i8x16.sub_sat_u", 0xFD, 0x73, "v128 v128 -> v128") \
    ROW(375, f64x2_ceil, "f64x2.ceil", 0xFD, 0x74, "v128 -> v128") \
    ROW(376, f64x2_floor, "f64x2.floor", 0xFD, 0x75, "v128 -> v128") \
    ROW(377, i8x16_min_s, "i8x16.min_s", 0xFD, 0x76, "v128 v128 -> v128") \
    ROW(378, i8x16_min_u, "i8x16.min_u", 0xFD, 0x77, "v128 v128 -> v128") \
    ROW(379, i8x16_max_s, "i8x16.max_s", 0xFD, 0x78, "v128 v128 -> v128") \
    ROW(380, i8x16_max_u, "i8x16.max_u", 0xFD, 0x79, "v128 v128 -> v128") \
    ROW(381, f64x2_trunc, "f64x2.trunc", 0xFD, 0x7A, "v128 -> v128") \
    ROW(382, i8x16_avgr_u, "i8x16.avgr_u", 0xFD, 0x7B, "v128 v128 -> v128") \
    ROW(383, i16x8_extadd_pairwise_i8x16_s, "i16x8.extadd_pairwise_i8x16_s", 0xFD, 0x7C, "v128 -> v128") \
    ROW(384, i16x8_extadd_pairwise_i8x16_u, "i16x8.extadd_pairwise_i8x16_u", 0xFD, 0x7D, "v128 -> v128") \
    ROW(385, i32x4_extadd_pairwise_i16x8_s, "i32x4.extadd_pairwise_i16x8_s", 0xFD, 0x7E, "v128 -> v128") \
    ROW(386, i32x4_extadd_pairwise_i16x8_u, "i32x4.extadd_pairwise_i16x8_u", 0xFD, 0x7F, "v128 -> v128") \
    ROW(387, i16x8_abs, "i16x8.abs", 0xFD, 0x80, "v128 -> v128") \
    ROW(388, i16x8_neg, "i16x8.neg", 0xFD, 0x81, "v128 -> v128") \
    ROW(389, i16x8_q15mulr_sat_s, "i16x8.q15mulr_sat_s", 0xFD, 0x82, "v128 v128 -> v128") \
    ROW(390, i16x8_all_true, "i16x8.all_true", 0xFD, 0x83, "v128 -> i32") \
    ROW(391, i16x8_bitmask, "i16x8.bitmask", 0xFD, 0x84, "v128 -> i32") \
    ROW(392, i16x8_narrow_i32x4_s, "i16x8.narrow_i32x4_s", 0xFD, 0x85, "v128 v128 -> v128") \
    ROW(393, i16x8_narrow_i32x4_u, "i16x8.narrow_i32x4_u", 0xFD, 0x86, "v128 v128 -> v128") \
    ROW(394, i16x8_extend_low_i8x16_s, "i16x8.extend_low_i8x16_s", 0xFD, 0x87, "v128 -> v128") \
    ROW(395, i16x8_extend_high_i8x16_s, "i16x8.extend_high_i8x16_s", 0xFD, 0x88, "v128 -> v128") \
    ROW(396, i16x8_extend_low_i8x16_u, "i16x8.extend_low_i8x16_u", 0xFD, 0x89, "v128 -> v128") \
    ROW(397, i16x8_extend_high_i8x16_u, "i16x8.extend_high_i8x16_u", 0xFD, 0x8A, "v128 -> v128") \
    ROW(398, i16x8_shl, "i16x8.shl", 0xFD, 0x8B, "v128 i32 -> v128") \
    ROW(399, i16x8_shr_s, "i16x8.shr_s", 0xFD, 0x8C, "v128 i32 -> v128") \
    ROW(400, i16x8_shr_u, "i16x8.shr_u", 0xFD, 0x8D, "v128 i32 -> v128") \
    ROW(401, i16x8_add, "i16x8.add", 0xFD, 0x8E, "v128 v128 -> v128") \
    ROW(402, i16x8_add_sat_s, "i16x8.add_sat_s", 0xFD, 0x8F, "v128 v128 -> v128") \
    ROW(403, i16x8_add_sat_u, "i16x8.add_sat_u", 0xFD, 0x90, "v128 v128 -> v128") \
    ROW(404, i16x8_sub, "i16x8.sub", 0xFD, 0x91, "v128 v128 -> v128") \
    ROW(405, i16x8_sub_sat_s, "i16x8.sub_sat_s", 0xFD, 0x92, "v128 v128 -> v128") \
    ROW(406, i16x8_sub_sat_u, "i16x8.sub_sat_u", 0xFD, 0x93, "v128 v128 -> v128") \
    ROW(407, f64x2_nearest, "f64x2.nearest", 0xFD, 0x94, "v128 -> v128") \
    ROW(408, i16x8_mul, "i16x8.mul", 0xFD, 0x95, "v128 v128 -> v128") \
    ROW(409, i16x8_min_s, "i16x8.min_s", 0xFD, 0x96, "v128 v128 -> v128") \
    ROW(410, i16x8_min_u, "i16x8.min_u", 0xFD, 0x97, "v128 v128 -> v128") \
    ROW(411, i16x8_max_s, "i16x8.max_s", 0xFD, 0x98, "v128 v128 -> v128") \
    ROW(412, i16x8_max_u, "i16x8.max_u", 0xFD, 0x99, "v128 v128 -> v128") \
    ROW(413, i16x8_avgr_u, "i16x8.avgr_u", 0xFD, 0x9B, "v128 v128 -> v128") \
    ROW(414, i16x8_extmul_low_i8x16_s, "i16x8.extmul_low_i8x16_s", 0xFD, 0x9C, "v128 v128 -> v128") \
    ROW(415, i16x8_extmul_high_i8x16_s, "i16x8.extmul_high_i8x16_s", 0xFD, 0x9D, "v128 v128 -> v128") \
    ROW(416, i16x8_extmul_low_i8x16_u, "i16x8.extmul_low_i8x16_u", 0xFD, 0x9E, "v128 v128 -> v128") \
    ROW(417, i16x8_extmul_high_i8x16_u, "i16x8.extmul_high_i8x16_u", 0xFD, 0x9F, "v128 v128 -> v128") \
    ROW(418, i32x4_abs, "i32x4.abs", 0xFD, 0xA0, "v128 -> v128") \
    ROW(419, i32x4_neg, "i32x4.neg", 0xFD, 0xA1, "v128 -> v128") \
    ROW(420, i32x4_all_true, "i32x4.all_true", 0xFD, 0xA3, "v128 -> i32") \
    ROW(421, i32x4_bitmask, "i32x4.bitmask", 0xFD, 0xA4, "v128 -> i32") \
    ROW(422, i32x4_extend_low_i16x8_s, "i32x4.extend_low_i16x8_s", 0xFD, 0xA7, "v128 -> v128") \
    ROW(423, i32x4_extend_high_i16x8_s, "i32x4.extend_high_i16x8_s", 0xFD, 0xA8, "v128 -> v128") \
    ROW(424, i32x4_extend_low_i16x8_u, "i32x4.extend_low_i16x8_u", 0xFD, 0xA9, "v128 -> v128") \
    ROW(425, i32x4_extend_high_i16x8_u, "i32x4.extend_high_i16x8_u", 0xFD, 0xAA, "v128 -> v128") \
    ROW(426, i32x4_shl, "i32x4.shl", 0xFD, 0xAB, "v128 i32 -> v128") \
    ROW(427, i32x4_shr_s, "i32x4.shr_s", 0xFD, 0xAC, "v128 i32 -> v128") \
    ROW(428, i32x4_shr_u, "i32x4.shr_u", 0xFD, 0xAD, "v128 i32 -> v128") \
    ROW(429, i32x4_add, "i32x4.add", 0xFD, 0xAE, "v128 v128 -> v128") \
    ROW(430, i32x4_sub, "i32x4.sub", 0xFD, 0xB1, "v128 v128 -> v128") \
    ROW(431, i32x4_mul, "i32x4.mul", 0xFD, 0xB5, "v128 v128 -> v128") \
    ROW(432, i32x4_min_s, "i32x4.min_s", 0xFD, 0xB6, "v128 v128 -> v128") \
    ROW(433, i32x4_min_u, "i32x4.min_u", 0xFD, 0xB7, "v128 v128 -> v128") \
    ROW(434, i32x4_max_s, "i32x4.max_s", 0xFD, 0xB8, "v128 v128 -> v128") \
    ROW(435, i32x4_max_u, "i32x4.max_u", 0xFD, 0xB9, "v128 v128 -> v128") \
    ROW(436, i32x4_dot_i16x8_s, "i32x4.dot_i16x8_s", 0xFD, 0xBA, "v128 v128 -> v128") \
    ROW(437, i32x4_extmul_low_i16x8_s, "i32x4.extmul_low_i16x8_s", 0xFD, 0xBC, "v128 v128 -> v128") \
    ROW(438, i32x4_extmul_high_i16x8_s, "i32x4.extmul_high_i16x8_s", 0xFD, 0xBD, "v128 v128 -> v128") \
    ROW(439, i32x4_extmul_low_i16x8_u, "i32x4.extmul_low_i16x8_u", 0xFD, 0xBE, "v128 v128 -> v128") \
    ROW(440, i32x4_extmul_high_i16x8_u, "i32x4.extmul_high_i16x8_u", 0xFD, 0xBF, "v128 v128 -> v128") \
    ROW(441, i64x2_abs, "i64x2.abs", 0xFD, 0xC0, "v128 -> v128") \
    ROW(442, i64x2_neg, "i64x2.neg", 0xFD, 0xC1, "v128 -> v128") \
    ROW(443, i64x2_all_true, "i64x2.all_true", 0xFD, 0xC3, "v128 -> i32") \
    ROW(444, i64x2_bitmask, "i64x2.bitmask", 0xFD, 0xC4, "v128 -> i32") \
    ROW(445, i64x2_extend_low_i32x4_s, "i64x2.extend_low_i32x4_s", 0xFD, 0xC7, "v128 -> v128") \
    ROW(446, i64x2_extend_high_i32x4_s, "i64x2.extend_high_i32x4_s", 0xFD, 0xC8, "v128 -> v128") \
    ROW(447, i64x2_extend_low_i32x4_u, "i64x2.extend_low_i32x4_u", 0xFD, 0xC9, "v128 -> v128") \
    ROW(448, i64x2_extend_high_i32x4_u, "i64x2.extend_high_i32x4_u", 0xFD, 0xCA, "v128 -> v128") \
    ROW(449, i64x2_shl, "i64x2.shl", 0xFD, 0xCB, "v128 i32 -> v128") \
    ROW(450, i64x2_shr_s, "i64x2.shr_s", 0xFD, 0xCC, "v128 i32 -> v128") \
    ROW(451, i64x2_shr_u, "i64x2.shr_u", 0xFD, 0xCD, "v128 i32 -> v128") \
    ROW(452, i64x2_add, "i64x2.add", 0xFD, 0xCE, "v128 v128 -> v128") \
    ROW(453, i64x2_sub, "i64x2.sub", 0xFD, 0xD1, "v128 v128 -> v128") \
    ROW(454, i64x2_mul, "i64x2.mul", 0xFD, 0xD5, "v128 v128 -> v128") \
    ROW(455, i64x2_eq, "i64x2.eq", 0xFD, 0xD6, "v128 v128 -> v128") \
    ROW(456, i64x2_ne, "i64x2.ne", 0xFD, 0xD7, "v128 v128 -> v128") \
    ROW(457, i64x2_lt_s, "i64x2.lt_s", 0xFD, 0xD8, "v128 v128 -> v128") \
    ROW(458, i64x2_gt_s, "i64x2.gt_s", 0xFD, 0xD9, "v128 v128 -> v128") \
    ROW(459, i64x2_le_s, "i64x2.le_s", 0xFD, 0xDA, "v128 v128 -> v128") \
    ROW(460, i64x2_ge_s, "i64x2.ge_s", 0xFD, 0xDB, "v128 v128 -> v128") \
    ROW(461, i64x2_extmul_low_i32x4_s, "i64x2.extmul_low_i32x4_s", 0xFD, 0xDC, "v128 v128 -> v128") \
    ROW(462, i64x2_extmul_high_i32x4_s, "i64x2.extmul_high_i32x4_s", 0xFD, 0xDD, "v128 v128 -> v128") \
    ROW(463, i64x2_extmul_low_i32x4_u, "i64x2.extmul_low_i32x4_u", 0xFD, 0xDE, "v128 v128 -> v128") \
    ROW(464, i64x2_extmul_high_i32x4_u, "i64x2.extmul_high_i32x4_u", 0xFD, 0xDF, "v128 v128 -> v128") \
    ROW(465, f32x4_abs, "f32x4.abs", 0xFD, 0xE0, "v128 -> v128") \
    ROW(466, f32x4_neg, "f32x4.neg", 0xFD, 0xE1, "v128 -> v128") \
    ROW(467, f32x4_sqrt, "f32x4.sqrt", 0xFD, 0xE3, "v128 -> v128") \
    ROW(468, f32x4_add, "f32x4.add", 0xFD, 0xE4, "v128 v128 -> v128") \
    ROW(469, f32x4_sub, "f32x4.sub", 0xFD, 0xE5, "v128 v128 -> v128") \
    ROW(470, f32x4_mul, "f32x4.mul", 0xFD, 0xE6, "v128 v128 -> v128") \
    ROW(471, f32x4_div, "f32x4.div", 0xFD, 0xE7, "v128 v128 -> v128") \
    ROW(472, f32x4_min, "f32x4.min", 0xFD, 0xE8, "v128 v128 -> v128") \
    ROW(473, f32x4_max, "f32x4.max", 0xFD, 0xE9, "v128 v128 -> v128") \
    ROW(474, f32x4_pmin, "f32x4.pmin", 0xFD, 0xEA, "v128 v128 -> v128") \
    ROW(475, f32x4_pmax, "f32x4.pmax", 0xFD, 0xEB, "v128 v128 -> v128") \
    ROW(476, f64x2_abs, "f64x2.abs", 0xFD, 0xEC, "v128 -> v128") \
    ROW(477, f64x2_neg, "f64x2.neg", 0xFD, 0xED, "v128 -> v128") \
    ROW(478, f64x2_sqrt, "f64x2.sqrt", 0xFD, 0xEF, "v128 -> v128") \
    ROW(479, f64x2_add, "f64x2.add", 0xFD, 0xF0, "v128 v128 -> v128") \
    ROW(480, f64x2_sub, "f64x2.sub", 0xFD, 0xF1, "v128 v128 -> v128") \
    ROW(481, f64x2_mul, "f64x2.mul", 0xFD, 0xF2, "v128 v128 -> v128") \
    ROW(482, f64x2_div, "f64x2.div", 0xFD, 0xF3, "v128 v128 -> v128") \
    ROW(483, f64x2_min, "f64x2.min", 0xFD, 0xF4, "v128 v128 -> v128") \
    ROW(484, f64x2_max, "f64x2.max", 0xFD, 0xF5, "v128 v128 -> v128") \
    ROW(485, f64x2_pmin, "f64x2.pmin", 0xFD, 0xF6, "v128 v128 -> v128") \
    ROW(486, f64x2_pmax, "f64x2.pmax", 0xFD, 0xF7, "v128 v128 -> v128") \
    ROW(487, i32x4_trunc_sat_f32x4_s, "i32x4.trunc_sat_f32x4_s", 0xFD, 0xF8, "v128 -> v128") \
    ROW(488, i32x4_trunc_sat_f32x4_u, "i32x4.trunc_sat_f32x4_u", 0xFD, 0xF9, "v128 -> v128") \
    ROW(489, f32x4_convert_i32x4_s, "f32x4.convert_i32x4_s", 0xFD, 0xFA, "v128 -> v128") \
    ROW(490, f32x4_convert_i32x4_u, "f32x4.convert_i32x4_u", 0xFD, 0xFB, "v128 -> v128") \
    ROW(491, i32x4_trunc_sat_f64x2_s_zero, "i32x4.trunc_sat_f64x2_s_zero", 0xFD, 0xFC, "v128 -> v128") \
    ROW(492, i32x4_trunc_sat_f64x2_u_zero, "i32x4.trunc_sat_f64x2_u_zero", 0xFD, 0xFD, "v128 -> v128") \
    ROW(493, f64x2_convert_low_i32x4_s, "f64x2.convert_low_i32x4_s", 0xFD, 0xFE, "v128 -> v128") \
    ROW(494, f64x2_convert_low_i32x4_u, "f64x2.convert_low_i32x4_u", 0xFD, 0xFF, "v128 -> v128") \
    ROW(495, i8x16_relaxed_swizzle, "i8x16.relaxed_swizzle", 0xFD, 0x100, "v128 v128 -> v128") \
    ROW(496, i32x4_relaxed_trunc_f32x4_s, "i32x4.relaxed_trunc_f32x4_s", 0xFD, 0x101, "v128 -> v128") \
    ROW(497, i32x4_relaxed_trunc_f32x4_u, "i32x4.relaxed_trunc_f32x4_u", 0xFD, 0x102, "v128 -> v128") \
    ROW(498, i32x4_relaxed_trunc_f64x2_s_zero, "i32x4.relaxed_trunc_f64x2_s_zero", 0xFD, 0x103, "v128 -> v128") \
    ROW(499, i32x4_relaxed_trunc_f64x2_u_zero, "i32x4.relaxed_trunc_f64x2_u_zero", 0xFD, 0x104, "v128 -> v128") \
    ROW(500, f32x4_relaxed_madd, "f32x4.relaxed_madd", 0xFD, 0x105, "v128 v128 v128 -> v128") \
    ROW(501, f32x4_relaxed_nmadd, "f32x4.relaxed_nmadd", 0xFD, 0x106, "v128 v128 v128 -> v128") \
    ROW(502, f64x2_relaxed_madd, "f64x2.relaxed_madd", 0xFD, 0x107, "v128 v128 v128 -> v128") \
    ROW(503, f64x2_relaxed_nmadd, "f64x2.relaxed_nmadd", 0xFD, 0x108, "v128 v128 v128 -> v128") \
    ROW(504, i8x16_relaxed_laneselect, "i8x16.relaxed_laneselect", 0xFD, 0x109, "v128 v128 v128 -> v128") \
    ROW(505, i16x8_relaxed_laneselect, "i16x8.relaxed_laneselect", 0xFD, 0x10A, "v128 v128 v128 -> v128") \
    ROW(506, i32x4_relaxed_laneselect, "i32x4.relaxed_laneselect", 0xFD, 0x10B, "v128 v128 v128 -> v128") \
    ROW(507, i64x2_relaxed_laneselect, "i64x2.relaxed_laneselect", 0xFD, 0x10C, "v128 v128 v128 -> v128") \
    ROW(508, f32x4_relaxed_min, "f32x4.relaxed_min", 0xFD, 0x10D, "v128 v128 -> v128") \
    ROW(509, f32x4_relaxed_max, "f32x4.relaxed_max", 0xFD, 0x10E, "v128 v128 -> v128") \
    ROW(510, f64x2_relaxed_min, "f64x2.relaxed_min", 0xFD, 0x10F, "v128 v128 -> v128") \
    ROW(511, f64x2_relaxed_max, "f64x2.relaxed_max", 0xFD, 0x110, "v128 v128 -> v128") \
    ROW(512, i16x8_relaxed_q15mulr_s, "i16x8.relaxed_q15mulr_s", 0xFD, 0x111, "v128 v128 -> v128") \
    ROW(513, i16x8_relaxed_dot_i8x16_i7x16_s, "i16x8.relaxed_dot_i8x16_i7x16_s", 0xFD, 0x112, "v128 v128 -> v128") \
    ROW(514, i32x4_relaxed_dot_i8x16_i7x16_add_s, "i32x4.relaxed_dot_i8x16_i7x16_add_s", 0xFD, 0x113, "v128 v128 v128 -> v128") \
    ROW(515, memory_atomic_notify, "memory.atomic.notify", 0xFE, 0x00, "addr i32 -> i32") \
    ROW(516, memory_atomic_wait32, "memory.atomic.wait32", 0xFE, 0x01, "addr i32 i64 -> i32") \
    ROW(517, memory_atomic_wait64, "memory.atomic.wait64", 0xFE, 0x02, "addr i64 i64 -> i32") \
    ROW(518, atomic_fence, "atomic.fence", 0xFE, 0x03, "->") \
    ROW(519, i32_atomic_load, "i32.atomic.load", 0xFE, 0x10, "addr -> i32") \
    ROW(520, i64_atomic_load, "i64.atomic.load", 0xFE, 0x11, "addr -> i64") \
    ROW(521, i32_atomic_load8_u, "i32.atomic.load8_u", 0xFE, 0x12, "addr -> i32") \
    ROW(522, i32_atomic_load16_u, "i32.atomic.load16_u", 0xFE, 0x13, "addr -> i32") \
    ROW(523, i64_atomic_load8_u, "i64.atomic.load8_u", 0xFE, 0x14, "addr -> i64") \
    ROW(524, i64_atomic_load16_u, "i64.atomic.load16_u", 0xFE, 0x15, "addr -> i64") \
    ROW(525, i64_atomic_load32_u, "i64.atomic.load32_u", 0xFE, 0x16, "addr -> i64") \
    ROW(526, i32_atomic_store, "i32.atomic.store", 0xFE, 0x17, "addr i32 ->") \
    ROW(527, i64_atomic_store, "i64.atomic.store", 0xFE, 0x18, "addr i64 ->") \
    ROW(528, i32_atomic_store8, "i32.atomic.store8", 0xFE, 0x19, "addr i32 ->") \
    ROW(529, i32_atomic_store16, "i32.atomic.store16", 0xFE, 0x1A, "addr i32 ->") \
    ROW(530, i64_atomic_store8, "i64.atomic.store8", 0xFE, 0x1B, "addr i64 ->") \
    ROW(531, i64_atomic_store16, "i64.atomic.store16", 0xFE, 0x1C, "addr i64 ->") \
    ROW(532, i64_atomic_store32, "i64.atomic.store32", 0xFE, 0x1D, "addr i64 ->") \
    ROW(533, i32_atomic_rmw_add, "i32.atomic.rmw.add", 0xFE, 0x1E, "addr i32 -> i32") \
    ROW(534, i64_atomic_rmw_add, "i64.atomic.rmw.add", 0xFE, 0x1F, "addr i64 -> i64") \
    ROW(535, i32_atomic_rmw8_add_u, "i32.atomic.rmw8.add_u", 0xFE, 0x20, "addr i32 -> i32") \
    ROW(536, i32_atomic_rmw16_add_u, "i32.atomic.rmw16.add_u", 0xFE, 0x21, "addr i32 -> i32") \
    ROW(537, i64_atomic_rmw8_add_u, "i64.atomic.rmw8.add_u", 0xFE, 0x22, "addr i64 -> i64") \
    ROW(538, i64_atomic_rmw16_add_u, "i64.atomic.rmw16.add_u", 0xFE, 0x23, "addr i64 -> i64") \
    ROW(539, i64_atomic_rmw32_add_u, "i64.atomic.rmw32.add_u", 0xFE, 0x24, "addr i64 -> i64") \
    ROW(540, i32_atomic_rmw_sub, "i32.atomic.rmw.sub", 0xFE, 0x25, "addr i32 -> i32") \
    ROW(541, i64_atomic_rmw_sub, "i64.atomic.rmw.sub", 0xFE, 0x26, "addr i64 -> i64") \
    ROW(542, i32_atomic_rmw8_sub_u, "i32.atomic.rmw8.sub_u", 0xFE, 0x27, "addr i32 -> i32") \
    ROW(543, i32_atomic_rmw16_sub_u, "i32.atomic.rmw16.sub_u", 0xFE, 0x28, "addr i32 -> i32") \
    ROW(544, i64_atomic_rmw8_sub_u, "i64.atomic.rmw8.sub_u", 0xFE, 0x29, "addr i64 -> i64") \
    ROW(545, i64_atomic_rmw16_sub_u, "i64.atomic.rmw16.sub_u", 0xFE, 0x2A, "addr i64 -> i64") \
    ROW(546, i64_atomic_rmw32_sub_u, "i64.atomic.rmw32.sub_u", 0xFE, 0x2B, "addr i64 -> i64") \
    ROW(547, i32_atomic_rmw_and, "i32.atomic.rmw.and", 0xFE, 0x2C, "addr i32 -> i32") \
    ROW(548, i64_atomic_rmw_and, "i64.atomic.rmw.and", 0xFE, 0x2D, "addr i64 -> i64") \
    ROW(549, i32_atomic_rmw8_and_u, "i32.atomic.rmw8.and_u", 0xFE, 0x2E, "addr i32 -> i32") \
    ROW(550, i32_atomic_rmw16_and_u, "i32.atomic.rmw16.and_u", 0xFE, 0x2F, "addr i32 -> i32") \
    ROW(551, i64_atomic_rmw8_and_u, "i64.atomic.rmw8.and_u", 0xFE, 0x30, "addr i64 -> i64") \
    ROW(552, i64_atomic_rmw16_and_u, "i64.atomic.rmw16.and_u", 0xFE, 0x31, "addr i64 -> i64") \
    ROW(553, i64_atomic_rmw32_and_u, "i64.atomic.rmw32.and_u", 0xFE, 0x32, "addr i64 -> i64") \
    ROW(554, i32_atomic_rmw_or, "i32.atomic.rmw.or", 0xFE, 0x33, "addr i32 -> i32") \
    ROW(555, i64_atomic_rmw_or, "i64.atomic.rmw.or", 0xFE, 0x34, "addr i64 -> i64") \
    ROW(556, i32_atomic_rmw8_or_u, "i32.atomic.rmw8.or_u", 0xFE, 0x35, "addr i32 -> i32") \
    ROW(557, i32_atomic_rmw16_or_u, "i32.atomic.rmw16.or_u", 0xFE, 0x36, "addr i32 -> i32") \
    ROW(558, i64_atomic_rmw8_or_u, "i64.atomic.rmw8.or_u", 0xFE, 0x37, "addr i64 -> i64") \
    ROW(559, i64_atomic_rmw16_or_u, "i64.atomic.rmw16.or_u", 0xFE, 0x38, "addr i64 -> i64") \
    ROW(560, i64_atomic_rmw32_or_u, "i64.atomic.rmw32.or_u", 0xFE, 0x39, "addr i64 -> i64") \
    ROW(561, i32_atomic_rmw_xor, "i32.atomic.rmw.xor", 0xFE, 0x3A, "addr i32 -> i32") \
    ROW(562, i64_atomic_rmw_xor, "i64.atomic.rmw.xor", 0xFE, 0x3B, "addr i64 -> i64") \
    ROW(563, i32_atomic_rmw8_xor_u, "i32.atomic.rmw8.xor_u", 0xFE, 0x3C, "addr i32 -> i32") \
    ROW(564, i32_atomic_rmw16_xor_u, "i32.atomic.rmw16.xor_u", 0xFE, 0x3D, "addr i32 -> i32") \
    ROW(565, i64_atomic_rmw8_xor_u, "i64.atomic.rmw8.xor_u", 0xFE, 0x3E, "addr i64 -> i64") \
    ROW(566, i64_atomic_rmw16_xor_u, "i64.atomic.rmw16.xor_u", 0xFE, 0x3F, "addr i64 -> i64") \
    ROW(567, i64_atomic_rmw32_xor_u, "i64.atomic.rmw32.xor_u", 0xFE, 0x40, "addr i64 -> i64") \
    ROW(568, i32_atomic_rmw_xchg, "i32.atomic.rmw.xchg", 0xFE, 0x41, "addr i32 -> i32") \
    ROW(569, i64_atomic_rmw_xchg, "i64.atomic.rmw.xchg", 0xFE, 0x42, "addr i64 -> i64") \
    ROW(570, i32_atomic_rmw8_xchg_u, "i32.atomic.rmw8.xchg_u", 0xFE, 0x43, "addr i32 -> i32") \
    ROW(571, i32_atomic_rmw16_xchg_u, "i32.atomic.rmw16.xchg_u", 0xFE, 0x44, "addr i32 -> i32") \
    ROW(572, i64_atomic_rmw8_xchg_u, "i64.atomic.rmw8.xchg_u", 0xFE, 0x45, "addr i64 -> i64") \
    ROW(573, i64_atomic_rmw16_xchg_u, "i64.atomic.rmw16.xchg_u", 0xFE, 0x46, "addr i64 -> i64") \
    ROW(574, i64_atomic_rmw32_xchg_u, "i64.atomic.rmw32.xchg_u", 0xFE, 0x47, "addr i64 -> i64") \
    ROW(575, i32_atomic_rmw_cmpxchg, "i32.atomic.rmw.cmpxchg", 0xFE, 0x48, "addr i32 i32 -> i32") \
    ROW(576, i64_atomic_rmw_cmpxchg, "i64.atomic.rmw.cmpxchg", 0xFE, 0x49, "addr i64 i64 -> i64") \
    ROW(577, i32_atomic_rmw8_cmpxchg_u, "i32.atomic.rmw8.cmpxchg_u", 0xFE, 0x4A, "addr i32 i32 -> i32") \
    ROW(578, i32_atomic_rmw16_cmpxchg_u, "i32.atomic.rmw16.cmpxchg_u", 0xFE, 0x4B, "addr i32 i32 -> i32") \
    ROW(579, i64_atomic_rmw8_cmpxchg_u, "i64.atomic.rmw8.cmpxchg_u", 0xFE, 0x4C, "addr i64 i64 -> i64") \
    ROW(580, i64_atomic_rmw16_cmpxchg_u, "i64.atomic.rmw16.cmpxchg_u", 0xFE, 0x4D, "addr i64 i64 -> i64") \
    ROW(581, i64_atomic_rmw32_cmpxchg_u, "i64.atomic.rmw32.cmpxchg_u", 0xFE, 0x4E, "addr i64 i64 -> i64")
