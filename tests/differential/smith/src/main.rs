//! Writes random modules: `smith FIRST COUNT FOLDER SHAPE.wasm PROFILE [endless]` makes FOLDER/SEED.wasm for each seed.
//!
//! A module has no imports and the exports of SHAPE.wasm. Its memories and tables have a maximum, its NaNs are canonical, and it
//! counts its own fuel, so that it ends on every engine after the same number of steps. With the word `endless`, those with odd
//! seeds do not.

use arbitrary::Unstructured;
use wasm_smith::{Config, MemoryOffsetChoices, Module};

const FUEL: u32 = 1_000;

/// A stream of bytes that depends on the seed alone (SplitMix64).
fn bytes(mut seed: u64, count: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(count);
    while out.len() < count {
        seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        out.extend_from_slice(&(z ^ (z >> 31)).to_le_bytes());
    }
    out
}

fn config(shape: Vec<u8>, profile: &str, seed: u64) -> Config {
    let mut config = Config::default();
    let all = ["full", "relaxed", "threads", "pages"].contains(&profile);
    let small = profile == "scalar" || profile == "plain";
    // Else few functions come to their end.
    config.disallow_traps = seed % 3 != 0;
    config.memory_offset_choices = MemoryOffsetChoices(95, 4, 1);
    config.exports = Some(shape);
    config.max_imports = 0;
    config.canonicalize_nans = true;
    config.max_funcs = 8;
    config.max_instructions = 120;
    config.max_types = 30;
    config.max_values = 6;
    config.memory_max_size_required = true;
    config.table_max_size_required = true;
    config.max_memory32_bytes = 8 * 65_536;
    config.max_memory64_bytes = 8 * 65_536;
    config.max_table_elements = 50;
    config.max_memories = if small { 1 } else { 3 };
    config.max_tables = 3;
    config.simd_enabled = profile != "scalar";
    config.relaxed_simd_enabled = profile == "relaxed";
    config.threads_enabled = profile == "threads";
    config.custom_page_sizes_enabled = profile == "pages";
    config.extended_const_enabled = true;
    config.gc_enabled = all || profile == "gc";
    config.exceptions_enabled = all || profile == "exceptions";
    config.tail_call_enabled = !small;
    config.memory64_enabled = !small;
    config.wide_arithmetic_enabled = !small;
    config.allow_start_export = false;
    config
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, first, count, folder, shape, profile, rest @ ..] = &arguments[..] else {
        panic!("usage: smith FIRST COUNT FOLDER SHAPE.wasm scalar|plain|tail|exceptions|gc|full|relaxed|threads|pages [endless]");
    };
    let endless = rest == ["endless"];
    let (first, count): (u64, u64) = (first.parse().unwrap(), count.parse().unwrap());
    let shape = std::fs::read(shape).unwrap();
    for seed in first..first + count {
        let input = bytes(seed, 6_000);
        let Ok(mut module) = Module::new(config(shape.clone(), profile, seed), &mut Unstructured::new(&input)) else {
            continue;
        };
        if (endless && seed % 2 == 1) || module.ensure_termination(FUEL).is_ok() {
            std::fs::write(format!("{folder}/{seed}.wasm"), module.to_bytes()).unwrap();
        }
    }
}
