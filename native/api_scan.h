/* The border for the long lists of a module: indices, bodies, data segments. Each function reads *count* entries from *position in the
   first *end bytes* of the source, and answers 1 with *position behind them, or 0: then something is wrong, or not as simple as it
   looks for here, and Python reads the list itself, knows what, and says it. */

/* Unsigned numbers of 32 bits. */
int wasm_scan_numbers(const uint8_t *source, uint64_t end, uint64_t *position, uint32_t count, uint32_t *numbers);

/* Entries of the code section, none larger than *most* bytes. Two words each: offset behind the size, size. */
int wasm_scan_bodies(const uint8_t *source, uint64_t end, uint64_t *position, uint32_t count, uint64_t most, uint32_t *places);

/* Data segments that are passive, or whose place is a constant. Five words each: offset of the segment, memory, place, offset of the
   content, its size. A passive one has 0xFFFFFFFF for the memory. *seen becomes the sum of what there is: 1 passive ones, 2 places of
   type i32, 4 places of type i64, 8 a memory other than the first. */
int wasm_scan_datas(const uint8_t *source, uint64_t end, uint64_t *position, uint32_t count, uint32_t *words, uint32_t *seen);

/* Write the active ones of these segments, in order, into a memory of *size* bytes: 1, or 0 when one does not fit; then none is written. */
int wasm_write_datas(const uint8_t *source, const uint32_t *words, uint32_t count, uint8_t *memory, uint64_t size);
