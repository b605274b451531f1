"""Coverage-guided fuzzing: `python tests/fuzz/fuzz.py DOOR [CORPUS …] [options of libFuzzer]`.

Lives here: the bridge between atheris and the doors of targets.py.
Not here: what must hold (targets.py), seeds (corpus.py), and the property tests that run with every other test
(test_properties.py).

An input that breaks a property is written to a file whose name begins with `crash-`; give that file instead of a corpus to run it
once more. README.md shows whole commands.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import atheris  # type: ignore[import-not-found]

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

with atheris.instrument_imports(include=["pywasm_vm"]):
    import targets

import mutations  # noqa: E402


def main() -> None:
    """Fuzz the door that the command line names."""
    if len(sys.argv) < 2 or sys.argv[1] not in targets.DOORS:
        print(f"usage: fuzz.py {{{','.join(targets.DOORS)}}} [CORPUS …] [-libfuzzer_option=value …]", file=sys.stderr)
        sys.exit(2)
    name = sys.argv.pop(1)
    door = targets.DOORS[name]

    def change(data: bytes, largest: int, seed: int) -> bytes:
        """Half the time a change within the frames of a module, else whatever libFuzzer likes."""
        random = Random(seed)
        if random.random() < 0.5:
            return bytes(atheris.Mutate(data, largest))
        changed = mutations.change_module(data, random, mutations.change_bytes)
        return changed[:largest]

    options = {} if name == "text" else {"custom_mutator": change}
    atheris.Setup(sys.argv, lambda data: door(data), **options)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
