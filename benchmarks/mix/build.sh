#!/bin/sh
# Builds mix.wasm. Needs clang 16 or newer and lld, with the wasm32 target; CLANG names the compiler.
cd "$(dirname "$0")" || exit 1
"${CLANG:-clang}" --target=wasm32 -O2 -mcpu=mvp -ffreestanding -nostdlib -Wall -Wextra \
    -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=16384 -o mix.wasm mix.c
