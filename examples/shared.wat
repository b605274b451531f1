;; A counter and a place to wait at, in a memory that several threads share.
(module
  (import "env" "memory" (memory 1 1 shared))
  (func (export "count") (param $times i32)
    (loop $again
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  (func (export "wait") (result i32)
    (memory.atomic.wait32 (i32.const 4) (i32.const 0) (i64.const -1)))
  (func (export "wake") (result i32)
    (memory.atomic.notify (i32.const 4) (i32.const -1))))
