"""Ask a real Envoy: run the universal guest's table through it and write tests/envoy/universal.json.

    python tests/envoy/record_universal.py

Lives here: the one scenario and the file. Not here: the guest and its table (universal.py), and running Envoy (record.py).
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import record
from scenarios import Scenario
from universal import AT_START, CASES, answers, guest, program

TOLD = Path(__file__).with_name("universal.json")
LOGGED = "! info: "

SCENARIO = Scenario("universal", "universal", program(AT_START), tuple(case.exchange() for case in CASES))

Json = dict[str, Any]


def told(transcript: Json) -> Json:
    """What is kept of a transcript: what is needed to play it again, and the statuses."""
    kept = {
        key: value for key, value in transcript.items() if key not in ("start", "exchanges", "end", "complaints", "configuration")
    }
    statuses = answers((line for line in transcript["start"] if LOGGED in line), AT_START)
    exchanges = []
    for case, exchange in zip(CASES, transcript["exchanges"], strict=True):
        lines = [line for line in exchange["calls"] if LOGGED in line]
        statuses |= {name: value for name, value in answers(lines, case.steps).items() if name.startswith(case.callback)}
        exchanges.append({key: exchange[key] for key in ("answer", "answers_to_calls")})
    return kept | {"exchanges": exchanges, "statuses": statuses}


def main() -> None:
    from pywasm_vm import Module
    from pywasm_vm.binary.encode import encode_module

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "universal.wasm").write_bytes(encode_module(Module.parse(guest()).syntax))
        record.GUESTS = Path(folder)
        kept = told(asyncio.run(record.record(SCENARIO)))
    TOLD.write_text(json.dumps(kept, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    wanted = {step.name for case in CASES for step in case.steps if step.callback == case.callback and step.function != "return"}
    wanted |= {step.name for step in AT_START}
    print(f"{len(kept['statuses'])} statuses for {len(wanted)} steps")
    for name in sorted(wanted - set(kept["statuses"])):
        print(f"  none for {name}")


if __name__ == "__main__":
    main()
