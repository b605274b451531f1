#!/bin/sh
# Rebuild the guests from their sources: `tests/guests/build.sh [c] [rust] [go] [assemblyscript]`, all of them by default.
#
# Lives here: the commands, and what to install when one is missing. What the guests do is told in README.md beside this
# file; sizes and versions are in guests.toml. Built binaries are checked in, so nobody needs a toolchain to run the tests.
set -eu
cd "$(dirname "$0")"

missing() {
    echo "build.sh: $1 is missing. $2" >&2
    exit 1
}

# Either Debian's clang, or zig's (pip install ziglang), whose output is the same guest in other bytes.
build_c() {
    if command -v clang-16 >/dev/null && command -v wasm-ld-16 >/dev/null; then
        compile="clang-16 --target=wasm32"
    elif python3 -c "import ziglang" 2>/dev/null; then
        compile="python3 -m ziglang cc --target=wasm32-freestanding -fno-sanitize=all"
    else
        missing "a C compiler for wasm32" "apt-get install clang-16 lld-16, or pip install ziglang"
    fi
    compile="$compile -Os -Wall -Wextra -Wno-unused-parameter -Wno-unused-function -nostdlib -fno-builtin -Wl,--no-entry -Wl,--strip-all"
    $compile -o c.wasm c/filter.c
    $compile -o hostile.wasm c/hostile.c
    for macro in NO_MARKER NO_ALLOCATOR MISSING_IMPORT WRONG_IMPORT WRONG_CALLBACK TRAP_AT_START CALL_AT_START; do
        $compile -D$macro -o "broken_$(echo $macro | tr A-Z a-z).wasm" c/broken.c
    done
}

for guest in "${@:-c}"; do
    "build_$guest"
done
chmod 644 ./*.wasm
ls -l ./*.wasm
