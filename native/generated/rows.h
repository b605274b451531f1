/* Written by native/generate.py from pywasm_vm/isa. Change that, then run it again. */

const wasm_row wasm_rows[WASM_OPCODE_COUNT] = {
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* unreachable */
    {1, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* nop */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_BLOCKTYPE}}, /* block */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_BLOCKTYPE}}, /* loop */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_BLOCKTYPE}}, /* if */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* else */
    {0, 13, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_BLOCKTYPE}}, /* try */
    {0, 13, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TAGIDX}}, /* catch */
    {0, 12, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TAGIDX}}, /* throw */
    {0, 13, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_LABELIDX}}, /* rethrow */
    {0, 12, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* throw_ref */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* end */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_LABELIDX}}, /* br */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_LABELIDX}}, /* br_if */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_LABELS}}, /* br_table */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* return */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_FUNCIDX}}, /* call */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_TABLEIDX}}, /* call_indirect */
    {0, 9, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_FUNCIDX}}, /* return_call */
    {0, 9, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_TABLEIDX}}, /* return_call_indirect */
    {0, 10, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* call_ref */
    {0, 9, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* return_call_ref */
    {0, 13, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_LABELIDX}}, /* delegate */
    {0, 13, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* catch_all */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* drop */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* select */
    {0, 5, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_VALTYPES}}, /* select_t */
    {0, 12, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_BLOCKTYPE, WASM_IMM_CATCHES}}, /* try_table */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_LOCALIDX}}, /* local.get */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_LOCALIDX}}, /* local.set */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_LOCALIDX}}, /* local.tee */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_GLOBALIDX}}, /* global.get */
    {0, WASM_NO_FEATURE, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_GLOBALIDX}}, /* global.set */
    {0, 5, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TABLEIDX}}, /* table.get */
    {0, 5, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TABLEIDX}}, /* table.set */
    {1, WASM_NO_FEATURE, 2, 0, 0, 1, 1, 1, {0x1}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.load */
    {1, WASM_NO_FEATURE, 3, 0, 0, 1, 1, 1, {0x1}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.load */
    {1, WASM_NO_FEATURE, 2, 0, 0, 1, 1, 1, {0x1}, {0x7d}, {WASM_IMM_MEMARG}}, /* f32.load */
    {1, WASM_NO_FEATURE, 3, 0, 0, 1, 1, 1, {0x1}, {0x7c}, {WASM_IMM_MEMARG}}, /* f64.load */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 1, {0x1}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.load8_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 1, {0x1}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.load8_u */
    {1, WASM_NO_FEATURE, 1, 0, 0, 1, 1, 1, {0x1}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.load16_s */
    {1, WASM_NO_FEATURE, 1, 0, 0, 1, 1, 1, {0x1}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.load16_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 1, {0x1}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.load8_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 1, {0x1}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.load8_u */
    {1, WASM_NO_FEATURE, 1, 0, 0, 1, 1, 1, {0x1}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.load16_s */
    {1, WASM_NO_FEATURE, 1, 0, 0, 1, 1, 1, {0x1}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.load16_u */
    {1, WASM_NO_FEATURE, 2, 0, 0, 1, 1, 1, {0x1}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.load32_s */
    {1, WASM_NO_FEATURE, 2, 0, 0, 1, 1, 1, {0x1}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.load32_u */
    {1, WASM_NO_FEATURE, 2, 0, 0, 2, 0, 1, {0x1, 0x7f}, {0}, {WASM_IMM_MEMARG}}, /* i32.store */
    {1, WASM_NO_FEATURE, 3, 0, 0, 2, 0, 1, {0x1, 0x7e}, {0}, {WASM_IMM_MEMARG}}, /* i64.store */
    {1, WASM_NO_FEATURE, 2, 0, 0, 2, 0, 1, {0x1, 0x7d}, {0}, {WASM_IMM_MEMARG}}, /* f32.store */
    {1, WASM_NO_FEATURE, 3, 0, 0, 2, 0, 1, {0x1, 0x7c}, {0}, {WASM_IMM_MEMARG}}, /* f64.store */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 0, 1, {0x1, 0x7f}, {0}, {WASM_IMM_MEMARG}}, /* i32.store8 */
    {1, WASM_NO_FEATURE, 1, 0, 0, 2, 0, 1, {0x1, 0x7f}, {0}, {WASM_IMM_MEMARG}}, /* i32.store16 */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 0, 1, {0x1, 0x7e}, {0}, {WASM_IMM_MEMARG}}, /* i64.store8 */
    {1, WASM_NO_FEATURE, 1, 0, 0, 2, 0, 1, {0x1, 0x7e}, {0}, {WASM_IMM_MEMARG}}, /* i64.store16 */
    {1, WASM_NO_FEATURE, 2, 0, 0, 2, 0, 1, {0x1, 0x7e}, {0}, {WASM_IMM_MEMARG}}, /* i64.store32 */
    {1, WASM_NO_FEATURE, 0, 0, 0, 0, 1, 1, {0}, {0x1}, {WASM_IMM_MEMIDX}}, /* memory.size */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 1, {0x1}, {0x1}, {WASM_IMM_MEMIDX}}, /* memory.grow */
    {1, WASM_NO_FEATURE, 0, 0, 0, 0, 1, 1, {0}, {0x7f}, {WASM_IMM_I32}}, /* i32.const */
    {1, WASM_NO_FEATURE, 0, 0, 0, 0, 1, 1, {0}, {0x7e}, {WASM_IMM_I64}}, /* i64.const */
    {1, WASM_NO_FEATURE, 0, 0, 0, 0, 1, 1, {0}, {0x7d}, {WASM_IMM_F32}}, /* f32.const */
    {1, WASM_NO_FEATURE, 0, 0, 0, 0, 1, 1, {0}, {0x7c}, {WASM_IMM_F64}}, /* f64.const */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7f}, {0}}, /* i32.eqz */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.eq */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.ne */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.lt_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.lt_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.gt_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.gt_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.le_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.le_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.ge_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.ge_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7f}, {0}}, /* i64.eqz */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7f}, {0}}, /* i64.eq */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7f}, {0}}, /* i64.ne */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7f}, {0}}, /* i64.lt_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7f}, {0}}, /* i64.lt_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7f}, {0}}, /* i64.gt_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7f}, {0}}, /* i64.gt_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7f}, {0}}, /* i64.le_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7f}, {0}}, /* i64.le_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7f}, {0}}, /* i64.ge_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7f}, {0}}, /* i64.ge_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7f}, {0}}, /* f32.eq */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7f}, {0}}, /* f32.ne */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7f}, {0}}, /* f32.lt */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7f}, {0}}, /* f32.gt */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7f}, {0}}, /* f32.le */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7f}, {0}}, /* f32.ge */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7f}, {0}}, /* f64.eq */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7f}, {0}}, /* f64.ne */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7f}, {0}}, /* f64.lt */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7f}, {0}}, /* f64.gt */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7f}, {0}}, /* f64.le */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7f}, {0}}, /* f64.ge */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7f}, {0}}, /* i32.clz */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7f}, {0}}, /* i32.ctz */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7f}, {0}}, /* i32.popcnt */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.add */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.sub */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.mul */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.div_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.div_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.rem_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.rem_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.and */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.or */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.xor */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.shl */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.shr_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.shr_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.rotl */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7f, 0x7f}, {0x7f}, {0}}, /* i32.rotr */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7e}, {0}}, /* i64.clz */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7e}, {0}}, /* i64.ctz */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7e}, {0}}, /* i64.popcnt */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.add */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.sub */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.mul */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.div_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.div_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.rem_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.rem_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.and */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.or */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.xor */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.shl */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.shr_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.shr_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.rotl */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7e, 0x7e}, {0x7e}, {0}}, /* i64.rotr */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7d}, {0}}, /* f32.abs */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7d}, {0}}, /* f32.neg */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7d}, {0}}, /* f32.ceil */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7d}, {0}}, /* f32.floor */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7d}, {0}}, /* f32.trunc */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7d}, {0}}, /* f32.nearest */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7d}, {0}}, /* f32.sqrt */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7d}, {0}}, /* f32.add */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7d}, {0}}, /* f32.sub */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7d}, {0}}, /* f32.mul */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7d}, {0}}, /* f32.div */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7d}, {0}}, /* f32.min */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7d}, {0}}, /* f32.max */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7d, 0x7d}, {0x7d}, {0}}, /* f32.copysign */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7c}, {0}}, /* f64.abs */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7c}, {0}}, /* f64.neg */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7c}, {0}}, /* f64.ceil */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7c}, {0}}, /* f64.floor */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7c}, {0}}, /* f64.trunc */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7c}, {0}}, /* f64.nearest */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7c}, {0}}, /* f64.sqrt */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7c}, {0}}, /* f64.add */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7c}, {0}}, /* f64.sub */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7c}, {0}}, /* f64.mul */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7c}, {0}}, /* f64.div */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7c}, {0}}, /* f64.min */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7c}, {0}}, /* f64.max */
    {1, WASM_NO_FEATURE, 0, 0, 0, 2, 1, 0, {0x7c, 0x7c}, {0x7c}, {0}}, /* f64.copysign */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7f}, {0}}, /* i32.wrap_i64 */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7f}, {0}}, /* i32.trunc_f32_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7f}, {0}}, /* i32.trunc_f32_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7f}, {0}}, /* i32.trunc_f64_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7f}, {0}}, /* i32.trunc_f64_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7e}, {0}}, /* i64.extend_i32_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7e}, {0}}, /* i64.extend_i32_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7e}, {0}}, /* i64.trunc_f32_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7e}, {0}}, /* i64.trunc_f32_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7e}, {0}}, /* i64.trunc_f64_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7e}, {0}}, /* i64.trunc_f64_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7d}, {0}}, /* f32.convert_i32_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7d}, {0}}, /* f32.convert_i32_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7d}, {0}}, /* f32.convert_i64_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7d}, {0}}, /* f32.convert_i64_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7d}, {0}}, /* f32.demote_f64 */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7c}, {0}}, /* f64.convert_i32_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7c}, {0}}, /* f64.convert_i32_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7c}, {0}}, /* f64.convert_i64_s */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7c}, {0}}, /* f64.convert_i64_u */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7c}, {0}}, /* f64.promote_f32 */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7f}, {0}}, /* i32.reinterpret_f32 */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7e}, {0}}, /* i64.reinterpret_f64 */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7d}, {0}}, /* f32.reinterpret_i32 */
    {1, WASM_NO_FEATURE, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7c}, {0}}, /* f64.reinterpret_i64 */
    {1, 1, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7f}, {0}}, /* i32.extend8_s */
    {1, 1, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7f}, {0}}, /* i32.extend16_s */
    {1, 1, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7e}, {0}}, /* i64.extend8_s */
    {1, 1, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7e}, {0}}, /* i64.extend16_s */
    {1, 1, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7e}, {0}}, /* i64.extend32_s */
    {0, 5, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_HEAPTYPE}}, /* ref.null */
    {0, 5, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* ref.is_null */
    {0, 5, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_FUNCIDX}}, /* ref.func */
    {1, 11, 0, 0, 0, 2, 1, 0, {0x6d, 0x6d}, {0x7f}, {0}}, /* ref.eq */
    {0, 10, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* ref.as_non_null */
    {0, 10, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_LABELIDX}}, /* br_on_null */
    {0, 10, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_LABELIDX}}, /* br_on_non_null */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* struct.new */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* struct.new_default */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_FIELDIDX}}, /* struct.get */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_FIELDIDX}}, /* struct.get_s */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_FIELDIDX}}, /* struct.get_u */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_FIELDIDX}}, /* struct.set */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* array.new */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* array.new_default */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_COUNT}}, /* array.new_fixed */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_DATAIDX}}, /* array.new_data */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_ELEMIDX}}, /* array.new_elem */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* array.get */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* array.get_s */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* array.get_u */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* array.set */
    {1, 11, 0, 0, 0, 1, 1, 0, {0x6a}, {0x7f}, {0}}, /* array.len */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* array.fill */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_TYPEIDX}}, /* array.copy */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_DATAIDX}}, /* array.init_data */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TYPEIDX, WASM_IMM_ELEMIDX}}, /* array.init_elem */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_HEAPTYPE}}, /* ref.test */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_HEAPTYPE}}, /* ref.test_null */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_HEAPTYPE}}, /* ref.cast */
    {0, 11, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_HEAPTYPE}}, /* ref.cast_null */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_LABELIDX, WASM_IMM_CAST}}, /* br_on_cast */
    {0, 11, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_LABELIDX, WASM_IMM_CAST}}, /* br_on_cast_fail */
    {0, 11, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* any.convert_extern */
    {0, 11, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* extern.convert_any */
    {0, 11, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}, /* ref.i31 */
    {1, 11, 0, 0, 0, 1, 1, 0, {0x6c}, {0x7f}, {0}}, /* i31.get_s */
    {1, 11, 0, 0, 0, 1, 1, 0, {0x6c}, {0x7f}, {0}}, /* i31.get_u */
    {0, 19, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* struct.new_desc */
    {0, 19, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* struct.new_default_desc */
    {0, 19, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TYPEIDX}}, /* ref.get_desc */
    {0, 19, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_HEAPTYPE}}, /* ref.cast_desc_eq */
    {0, 19, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_HEAPTYPE}}, /* ref.cast_desc_eq_null */
    {0, 19, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_LABELIDX, WASM_IMM_CAST}}, /* br_on_cast_desc_eq */
    {0, 19, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_LABELIDX, WASM_IMM_CAST}}, /* br_on_cast_desc_eq_fail */
    {1, 2, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7f}, {0}}, /* i32.trunc_sat_f32_s */
    {1, 2, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7f}, {0}}, /* i32.trunc_sat_f32_u */
    {1, 2, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7f}, {0}}, /* i32.trunc_sat_f64_s */
    {1, 2, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7f}, {0}}, /* i32.trunc_sat_f64_u */
    {1, 2, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7e}, {0}}, /* i64.trunc_sat_f32_s */
    {1, 2, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7e}, {0}}, /* i64.trunc_sat_f32_u */
    {1, 2, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7e}, {0}}, /* i64.trunc_sat_f64_s */
    {1, 2, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7e}, {0}}, /* i64.trunc_sat_f64_u */
    {1, 4, 0, 0, 0, 3, 0, 2, {0x1, 0x7f, 0x7f}, {0}, {WASM_IMM_DATAIDX, WASM_IMM_MEMIDX}}, /* memory.init */
    {1, 4, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_DATAIDX}}, /* data.drop */
    {0, 4, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_MEMIDX, WASM_IMM_MEMIDX}}, /* memory.copy */
    {1, 4, 0, 0, 0, 3, 0, 1, {0x1, 0x7f, 0x1}, {0}, {WASM_IMM_MEMIDX}}, /* memory.fill */
    {1, 4, 0, 0, 0, 3, 0, 2, {0x1, 0x7f, 0x7f}, {0}, {WASM_IMM_ELEMIDX, WASM_IMM_TABLEIDX}}, /* table.init */
    {1, 4, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_ELEMIDX}}, /* elem.drop */
    {0, 4, 0, 0, 0, 0, 0, 2, {0}, {0}, {WASM_IMM_TABLEIDX, WASM_IMM_TABLEIDX}}, /* table.copy */
    {0, 5, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TABLEIDX}}, /* table.grow */
    {1, 5, 0, 0, 0, 0, 1, 1, {0}, {0x1}, {WASM_IMM_TABLEIDX}}, /* table.size */
    {0, 5, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_TABLEIDX}}, /* table.fill */
    {1, 18, 0, 0, 0, 4, 2, 0, {0x7e, 0x7e, 0x7e, 0x7e}, {0x7e, 0x7e}, {0}}, /* i64.add128 */
    {1, 18, 0, 0, 0, 4, 2, 0, {0x7e, 0x7e, 0x7e, 0x7e}, {0x7e, 0x7e}, {0}}, /* i64.sub128 */
    {1, 18, 0, 0, 0, 2, 2, 0, {0x7e, 0x7e}, {0x7e, 0x7e}, {0}}, /* i64.mul_wide_s */
    {1, 18, 0, 0, 0, 2, 2, 0, {0x7e, 0x7e}, {0x7e, 0x7e}, {0}}, /* i64.mul_wide_u */
    {1, 6, 4, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load */
    {1, 6, 3, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load8x8_s */
    {1, 6, 3, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load8x8_u */
    {1, 6, 3, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load16x4_s */
    {1, 6, 3, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load16x4_u */
    {1, 6, 3, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load32x2_s */
    {1, 6, 3, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load32x2_u */
    {1, 6, 0, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load8_splat */
    {1, 6, 1, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load16_splat */
    {1, 6, 2, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load32_splat */
    {1, 6, 3, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load64_splat */
    {1, 6, 4, 0, 0, 2, 0, 1, {0x1, 0x7b}, {0}, {WASM_IMM_MEMARG}}, /* v128.store */
    {1, 6, 0, 0, 0, 0, 1, 1, {0}, {0x7b}, {WASM_IMM_V128}}, /* v128.const */
    {1, 6, 0, 0, 0, 2, 1, 1, {0x7b, 0x7b}, {0x7b}, {WASM_IMM_LANES}}, /* i8x16.shuffle */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.swizzle */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7b}, {0}}, /* i8x16.splat */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7b}, {0}}, /* i16x8.splat */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7f}, {0x7b}, {0}}, /* i32x4.splat */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7e}, {0x7b}, {0}}, /* i64x2.splat */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7d}, {0x7b}, {0}}, /* f32x4.splat */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7c}, {0x7b}, {0}}, /* f64x2.splat */
    {1, 6, 0, 0, 16, 1, 1, 1, {0x7b}, {0x7f}, {WASM_IMM_LANE}}, /* i8x16.extract_lane_s */
    {1, 6, 0, 0, 16, 1, 1, 1, {0x7b}, {0x7f}, {WASM_IMM_LANE}}, /* i8x16.extract_lane_u */
    {1, 6, 0, 0, 16, 2, 1, 1, {0x7b, 0x7f}, {0x7b}, {WASM_IMM_LANE}}, /* i8x16.replace_lane */
    {1, 6, 0, 0, 8, 1, 1, 1, {0x7b}, {0x7f}, {WASM_IMM_LANE}}, /* i16x8.extract_lane_s */
    {1, 6, 0, 0, 8, 1, 1, 1, {0x7b}, {0x7f}, {WASM_IMM_LANE}}, /* i16x8.extract_lane_u */
    {1, 6, 0, 0, 8, 2, 1, 1, {0x7b, 0x7f}, {0x7b}, {WASM_IMM_LANE}}, /* i16x8.replace_lane */
    {1, 6, 0, 0, 4, 1, 1, 1, {0x7b}, {0x7f}, {WASM_IMM_LANE}}, /* i32x4.extract_lane */
    {1, 6, 0, 0, 4, 2, 1, 1, {0x7b, 0x7f}, {0x7b}, {WASM_IMM_LANE}}, /* i32x4.replace_lane */
    {1, 6, 0, 0, 2, 1, 1, 1, {0x7b}, {0x7e}, {WASM_IMM_LANE}}, /* i64x2.extract_lane */
    {1, 6, 0, 0, 2, 2, 1, 1, {0x7b, 0x7e}, {0x7b}, {WASM_IMM_LANE}}, /* i64x2.replace_lane */
    {1, 6, 0, 0, 4, 1, 1, 1, {0x7b}, {0x7d}, {WASM_IMM_LANE}}, /* f32x4.extract_lane */
    {1, 6, 0, 0, 4, 2, 1, 1, {0x7b, 0x7d}, {0x7b}, {WASM_IMM_LANE}}, /* f32x4.replace_lane */
    {1, 6, 0, 0, 2, 1, 1, 1, {0x7b}, {0x7c}, {WASM_IMM_LANE}}, /* f64x2.extract_lane */
    {1, 6, 0, 0, 2, 2, 1, 1, {0x7b, 0x7c}, {0x7b}, {WASM_IMM_LANE}}, /* f64x2.replace_lane */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.eq */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.ne */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.lt_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.lt_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.gt_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.gt_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.le_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.le_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.ge_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.ge_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.eq */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.ne */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.lt_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.lt_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.gt_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.gt_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.le_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.le_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.ge_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.ge_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.eq */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.ne */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.lt_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.lt_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.gt_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.gt_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.le_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.le_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.ge_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.ge_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.eq */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.ne */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.lt */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.gt */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.le */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.ge */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.eq */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.ne */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.lt */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.gt */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.le */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.ge */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* v128.not */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* v128.and */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* v128.andnot */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* v128.or */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* v128.xor */
    {1, 6, 0, 0, 0, 3, 1, 0, {0x7b, 0x7b, 0x7b}, {0x7b}, {0}}, /* v128.bitselect */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7f}, {0}}, /* v128.any_true */
    {1, 6, 0, 0, 16, 2, 1, 2, {0x1, 0x7b}, {0x7b}, {WASM_IMM_MEMARG, WASM_IMM_LANE}}, /* v128.load8_lane */
    {1, 6, 1, 0, 8, 2, 1, 2, {0x1, 0x7b}, {0x7b}, {WASM_IMM_MEMARG, WASM_IMM_LANE}}, /* v128.load16_lane */
    {1, 6, 2, 0, 4, 2, 1, 2, {0x1, 0x7b}, {0x7b}, {WASM_IMM_MEMARG, WASM_IMM_LANE}}, /* v128.load32_lane */
    {1, 6, 3, 0, 2, 2, 1, 2, {0x1, 0x7b}, {0x7b}, {WASM_IMM_MEMARG, WASM_IMM_LANE}}, /* v128.load64_lane */
    {1, 6, 0, 0, 16, 2, 0, 2, {0x1, 0x7b}, {0}, {WASM_IMM_MEMARG, WASM_IMM_LANE}}, /* v128.store8_lane */
    {1, 6, 1, 0, 8, 2, 0, 2, {0x1, 0x7b}, {0}, {WASM_IMM_MEMARG, WASM_IMM_LANE}}, /* v128.store16_lane */
    {1, 6, 2, 0, 4, 2, 0, 2, {0x1, 0x7b}, {0}, {WASM_IMM_MEMARG, WASM_IMM_LANE}}, /* v128.store32_lane */
    {1, 6, 3, 0, 2, 2, 0, 2, {0x1, 0x7b}, {0}, {WASM_IMM_MEMARG, WASM_IMM_LANE}}, /* v128.store64_lane */
    {1, 6, 2, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load32_zero */
    {1, 6, 3, 0, 0, 1, 1, 1, {0x1}, {0x7b}, {WASM_IMM_MEMARG}}, /* v128.load64_zero */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f32x4.demote_f64x2_zero */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f64x2.promote_low_f32x4 */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i8x16.abs */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i8x16.neg */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i8x16.popcnt */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7f}, {0}}, /* i8x16.all_true */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7f}, {0}}, /* i8x16.bitmask */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.narrow_i16x8_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.narrow_i16x8_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f32x4.ceil */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f32x4.floor */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f32x4.trunc */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f32x4.nearest */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i8x16.shl */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i8x16.shr_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i8x16.shr_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.add */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.add_sat_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.add_sat_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.sub */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.sub_sat_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.sub_sat_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f64x2.ceil */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f64x2.floor */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.min_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.min_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.max_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.max_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f64x2.trunc */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.avgr_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i16x8.extadd_pairwise_i8x16_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i16x8.extadd_pairwise_i8x16_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.extadd_pairwise_i16x8_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.extadd_pairwise_i16x8_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i16x8.abs */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i16x8.neg */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.q15mulr_sat_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7f}, {0}}, /* i16x8.all_true */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7f}, {0}}, /* i16x8.bitmask */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.narrow_i32x4_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.narrow_i32x4_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i16x8.extend_low_i8x16_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i16x8.extend_high_i8x16_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i16x8.extend_low_i8x16_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i16x8.extend_high_i8x16_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i16x8.shl */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i16x8.shr_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i16x8.shr_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.add */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.add_sat_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.add_sat_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.sub */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.sub_sat_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.sub_sat_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f64x2.nearest */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.mul */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.min_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.min_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.max_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.max_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.avgr_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.extmul_low_i8x16_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.extmul_high_i8x16_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.extmul_low_i8x16_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.extmul_high_i8x16_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.abs */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.neg */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7f}, {0}}, /* i32x4.all_true */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7f}, {0}}, /* i32x4.bitmask */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.extend_low_i16x8_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.extend_high_i16x8_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.extend_low_i16x8_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.extend_high_i16x8_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i32x4.shl */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i32x4.shr_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i32x4.shr_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.add */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.sub */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.mul */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.min_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.min_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.max_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.max_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.dot_i16x8_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.extmul_low_i16x8_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.extmul_high_i16x8_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.extmul_low_i16x8_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.extmul_high_i16x8_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i64x2.abs */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i64x2.neg */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7f}, {0}}, /* i64x2.all_true */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7f}, {0}}, /* i64x2.bitmask */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i64x2.extend_low_i32x4_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i64x2.extend_high_i32x4_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i64x2.extend_low_i32x4_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i64x2.extend_high_i32x4_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i64x2.shl */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i64x2.shr_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7f}, {0x7b}, {0}}, /* i64x2.shr_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.add */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.sub */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.mul */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.eq */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.ne */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.lt_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.gt_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.le_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.ge_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.extmul_low_i32x4_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.extmul_high_i32x4_s */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.extmul_low_i32x4_u */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.extmul_high_i32x4_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f32x4.abs */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f32x4.neg */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f32x4.sqrt */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.add */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.sub */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.mul */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.div */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.min */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.max */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.pmin */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.pmax */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f64x2.abs */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f64x2.neg */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f64x2.sqrt */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.add */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.sub */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.mul */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.div */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.min */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.max */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.pmin */
    {1, 6, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.pmax */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.trunc_sat_f32x4_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.trunc_sat_f32x4_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f32x4.convert_i32x4_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f32x4.convert_i32x4_u */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.trunc_sat_f64x2_s_zero */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.trunc_sat_f64x2_u_zero */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f64x2.convert_low_i32x4_s */
    {1, 6, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* f64x2.convert_low_i32x4_u */
    {1, 7, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.relaxed_swizzle */
    {1, 7, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.relaxed_trunc_f32x4_s */
    {1, 7, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.relaxed_trunc_f32x4_u */
    {1, 7, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.relaxed_trunc_f64x2_s_zero */
    {1, 7, 0, 0, 0, 1, 1, 0, {0x7b}, {0x7b}, {0}}, /* i32x4.relaxed_trunc_f64x2_u_zero */
    {1, 7, 0, 0, 0, 3, 1, 0, {0x7b, 0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.relaxed_madd */
    {1, 7, 0, 0, 0, 3, 1, 0, {0x7b, 0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.relaxed_nmadd */
    {1, 7, 0, 0, 0, 3, 1, 0, {0x7b, 0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.relaxed_madd */
    {1, 7, 0, 0, 0, 3, 1, 0, {0x7b, 0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.relaxed_nmadd */
    {1, 7, 0, 0, 0, 3, 1, 0, {0x7b, 0x7b, 0x7b}, {0x7b}, {0}}, /* i8x16.relaxed_laneselect */
    {1, 7, 0, 0, 0, 3, 1, 0, {0x7b, 0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.relaxed_laneselect */
    {1, 7, 0, 0, 0, 3, 1, 0, {0x7b, 0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.relaxed_laneselect */
    {1, 7, 0, 0, 0, 3, 1, 0, {0x7b, 0x7b, 0x7b}, {0x7b}, {0}}, /* i64x2.relaxed_laneselect */
    {1, 7, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.relaxed_min */
    {1, 7, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f32x4.relaxed_max */
    {1, 7, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.relaxed_min */
    {1, 7, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* f64x2.relaxed_max */
    {1, 7, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.relaxed_q15mulr_s */
    {1, 7, 0, 0, 0, 2, 1, 0, {0x7b, 0x7b}, {0x7b}, {0}}, /* i16x8.relaxed_dot_i8x16_i7x16_s */
    {1, 7, 0, 0, 0, 3, 1, 0, {0x7b, 0x7b, 0x7b}, {0x7b}, {0}}, /* i32x4.relaxed_dot_i8x16_i7x16_add_s */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* memory.atomic.notify */
    {1, 16, 2, 1, 0, 3, 1, 1, {0x1, 0x7f, 0x7e}, {0x7f}, {WASM_IMM_MEMARG}}, /* memory.atomic.wait32 */
    {1, 16, 3, 1, 0, 3, 1, 1, {0x1, 0x7e, 0x7e}, {0x7f}, {WASM_IMM_MEMARG}}, /* memory.atomic.wait64 */
    {1, 16, 0, 0, 0, 0, 0, 1, {0}, {0}, {WASM_IMM_ORDER}}, /* atomic.fence */
    {1, 16, 2, 1, 0, 1, 1, 1, {0x1}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.load */
    {1, 16, 3, 1, 0, 1, 1, 1, {0x1}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.load */
    {1, 16, 0, 1, 0, 1, 1, 1, {0x1}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.load8_u */
    {1, 16, 1, 1, 0, 1, 1, 1, {0x1}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.load16_u */
    {1, 16, 0, 1, 0, 1, 1, 1, {0x1}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.load8_u */
    {1, 16, 1, 1, 0, 1, 1, 1, {0x1}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.load16_u */
    {1, 16, 2, 1, 0, 1, 1, 1, {0x1}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.load32_u */
    {1, 16, 2, 1, 0, 2, 0, 1, {0x1, 0x7f}, {0}, {WASM_IMM_MEMARG}}, /* i32.atomic.store */
    {1, 16, 3, 1, 0, 2, 0, 1, {0x1, 0x7e}, {0}, {WASM_IMM_MEMARG}}, /* i64.atomic.store */
    {1, 16, 0, 1, 0, 2, 0, 1, {0x1, 0x7f}, {0}, {WASM_IMM_MEMARG}}, /* i32.atomic.store8 */
    {1, 16, 1, 1, 0, 2, 0, 1, {0x1, 0x7f}, {0}, {WASM_IMM_MEMARG}}, /* i32.atomic.store16 */
    {1, 16, 0, 1, 0, 2, 0, 1, {0x1, 0x7e}, {0}, {WASM_IMM_MEMARG}}, /* i64.atomic.store8 */
    {1, 16, 1, 1, 0, 2, 0, 1, {0x1, 0x7e}, {0}, {WASM_IMM_MEMARG}}, /* i64.atomic.store16 */
    {1, 16, 2, 1, 0, 2, 0, 1, {0x1, 0x7e}, {0}, {WASM_IMM_MEMARG}}, /* i64.atomic.store32 */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw.add */
    {1, 16, 3, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw.add */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw8.add_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw16.add_u */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw8.add_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw16.add_u */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw32.add_u */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw.sub */
    {1, 16, 3, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw.sub */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw8.sub_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw16.sub_u */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw8.sub_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw16.sub_u */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw32.sub_u */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw.and */
    {1, 16, 3, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw.and */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw8.and_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw16.and_u */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw8.and_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw16.and_u */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw32.and_u */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw.or */
    {1, 16, 3, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw.or */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw8.or_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw16.or_u */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw8.or_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw16.or_u */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw32.or_u */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw.xor */
    {1, 16, 3, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw.xor */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw8.xor_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw16.xor_u */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw8.xor_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw16.xor_u */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw32.xor_u */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw.xchg */
    {1, 16, 3, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw.xchg */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw8.xchg_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw16.xchg_u */
    {1, 16, 0, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw8.xchg_u */
    {1, 16, 1, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw16.xchg_u */
    {1, 16, 2, 1, 0, 2, 1, 1, {0x1, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw32.xchg_u */
    {1, 16, 2, 1, 0, 3, 1, 1, {0x1, 0x7f, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw.cmpxchg */
    {1, 16, 3, 1, 0, 3, 1, 1, {0x1, 0x7e, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw.cmpxchg */
    {1, 16, 0, 1, 0, 3, 1, 1, {0x1, 0x7f, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw8.cmpxchg_u */
    {1, 16, 1, 1, 0, 3, 1, 1, {0x1, 0x7f, 0x7f}, {0x7f}, {WASM_IMM_MEMARG}}, /* i32.atomic.rmw16.cmpxchg_u */
    {1, 16, 0, 1, 0, 3, 1, 1, {0x1, 0x7e, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw8.cmpxchg_u */
    {1, 16, 1, 1, 0, 3, 1, 1, {0x1, 0x7e, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw16.cmpxchg_u */
    {1, 16, 2, 1, 0, 3, 1, 1, {0x1, 0x7e, 0x7e}, {0x7e}, {WASM_IMM_MEMARG}}, /* i64.atomic.rmw32.cmpxchg_u */
};

const int16_t wasm_single[256] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, -1, -1,
    22, 23, 24, 25, 26, -1, -1, 27, 28, 29, 30, 31, 32, 33, 34, -1, 35, 36, 37, 38, 39, 40, 41, 42,
    43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66,
    67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90,
    91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114,
    115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138,
    139, 140, 141, 142, 143, 144, 145, 146, 147, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162,
    163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 174, 175, 176, 177, 178, 179, 180, 181, 182, 183, 184, 185, 186,
    187, 188, 189, 190, 191, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 192, 193, 194, 195, 196, 197, 198, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
};

static const int16_t behind_fb[] = {
    199, 200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212, 213, 214, 215, 216, 217, 218, 219, 220, 221, 222,
    223, 224, 225, 226, 227, 228, 229, -1, 230, 231, 232, 233, 234, 235, 236,
};

static const int16_t behind_fc[] = {
    237, 238, 239, 240, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, -1, 255, 256, 257, 258,
};

static const int16_t behind_fd[] = {
    259, 260, 261, 262, 263, 264, 265, 266, 267, 268, 269, 270, 271, 272, 273, 274, 275, 276, 277, 278, 279, 280, 281, 282,
    283, 284, 285, 286, 287, 288, 289, 290, 291, 292, 293, 294, 295, 296, 297, 298, 299, 300, 301, 302, 303, 304, 305, 306,
    307, 308, 309, 310, 311, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 322, 323, 324, 325, 326, 327, 328, 329, 330,
    331, 332, 333, 334, 335, 336, 337, 338, 339, 340, 341, 342, 343, 344, 345, 346, 347, 348, 349, 350, 351, 352, 353, 354,
    355, 356, 357, 358, 359, 360, 361, 362, 363, 364, 365, 366, 367, 368, 369, 370, 371, 372, 373, 374, 375, 376, 377, 378,
    379, 380, 381, 382, 383, 384, 385, 386, 387, 388, 389, 390, 391, 392, 393, 394, 395, 396, 397, 398, 399, 400, 401, 402,
    403, 404, 405, 406, 407, 408, 409, 410, 411, 412, -1, 413, 414, 415, 416, 417, 418, 419, -1, 420, 421, -1, -1, 422,
    423, 424, 425, 426, 427, 428, 429, -1, -1, 430, -1, -1, -1, 431, 432, 433, 434, 435, 436, -1, 437, 438, 439, 440,
    441, 442, -1, 443, 444, -1, -1, 445, 446, 447, 448, 449, 450, 451, 452, -1, -1, 453, -1, -1, -1, 454, 455, 456,
    457, 458, 459, 460, 461, 462, 463, 464, 465, 466, -1, 467, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477, -1, 478,
    479, 480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 490, 491, 492, 493, 494, 495, 496, 497, 498, 499, 500, 501, 502,
    503, 504, 505, 506, 507, 508, 509, 510, 511, 512, 513, 514,
};

static const int16_t behind_fe[] = {
    515, 516, 517, 518, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 519, 520, 521, 522, 523, 524, 525, 526,
    527, 528, 529, 530, 531, 532, 533, 534, 535, 536, 537, 538, 539, 540, 541, 542, 543, 544, 545, 546, 547, 548, 549, 550,
    551, 552, 553, 554, 555, 556, 557, 558, 559, 560, 561, 562, 563, 564, 565, 566, 567, 568, 569, 570, 571, 572, 573, 574,
    575, 576, 577, 578, 579, 580, 581,
};

static const struct {
    uint8_t prefix;
    uint32_t count;
    const int16_t *numbers;
} prefixes[] = {
    {0xFB, 39, behind_fb},
    {0xFC, 23, behind_fc},
    {0xFD, 276, behind_fd},
    {0xFE, 79, behind_fe},
};
