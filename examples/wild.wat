;; What limit_a_guest.py stops. `wat2wasm wild.wat` makes wild.wasm of it.
(module
  (memory (export "memory") 1)
  (func (export "spin") (loop $again (br $again)))
  (func (export "eat") (result i32)
    (loop $again
      (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (memory.size))
  (func $fall (export "fall") (call $fall) (call $fall)))
