;; What give_a_host_function.py runs. `wat2wasm greet.wat` makes greet.wasm of it.
(module
  (import "env" "log" (func $log (param $pointer i32) (param $size i32)))
  (import "env" "random" (func $random (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 32) "hello from the guest")
  (func (export "greet") (result i32)
    (call $log (i32.const 32) (i32.const 20))
    (i32.rem_u (call $random) (i32.const 6))))
