"""Ask a real Envoy what single calls of host functions answer: run the probes through it and write tests/envoy/probed.json.

    python tests/envoy/record_probes.py

Lives here: the one scenario and the file. Not here: the probes (probes.py), and running Envoy (record.py).
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import record
from probes import Guest, all_probes, answers
from scenarios import HELLO, TEXT, Exchange, Request, Scenario

PROBED = Path(__file__).with_name("probed.json")
LOGGED = "! info: "
REQUEST = Request(
    method="POST",
    path="/path?q=1&r=2",
    headers=(*TEXT, ("x-double", "one"), ("x-double", "two"), ("user-agent", "probe")),
    body=("some", "body"),
)
SCENARIO = Scenario("probe", "probe", "PLUGIN CONFIG", (Exchange(REQUEST, HELLO),), vm_configuration="VM CONFIG")

Json = dict[str, Any]


def logged(lines: Iterable[str]) -> dict[str, list[str]]:
    """The answers to probes among the lines of a transcript."""
    return answers(line.partition(LOGGED)[2] for line in lines if LOGGED in line)


def told(transcript: Json) -> Json:
    """What is kept of a transcript: what is needed to play it again, and the answers."""
    (exchange,) = transcript["exchanges"]
    kept = {key: value for key, value in transcript.items() if key not in ("start", "exchanges", "end", "complaints")}
    kept["exchange"] = {key: exchange[key] for key in ("request", "answer", "answers_to_calls")}
    return kept | {"answers": logged([*transcript["start"], *exchange["calls"]])}


def main() -> None:
    from wasmtime import wat2wasm

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "probe.wasm").write_bytes(wat2wasm(Guest(all_probes()).text()))
        record.GUESTS = Path(folder)
        kept = told(asyncio.run(record.record(SCENARIO)))
    PROBED.write_text(json.dumps(kept, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    asked = {f"{probe.callback} {probe.label}" for probe in all_probes()}
    print(f"{len(kept['answers'])} answers to {len(asked)} different probes")
    for probe in sorted(asked - set(kept["answers"])):
        print(f"  none to {probe}")


if __name__ == "__main__":
    main()
