"""What a seller was about to do, and how it turned out: written down first, so that a killed one can be taken over."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Intent = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Journal:
    """A file of lines: an intent, or the result of one."""

    path: Path

    def begin(self, intent: Intent) -> None:
        self._write({"intent": intent})

    def end(self, number: str, result: str) -> None:
        self._write({"ended": number, "result": result})

    def read(self) -> tuple[dict[str, Intent], dict[str, str]]:
        """All intents by number, and the results there are."""
        intents: dict[str, Intent] = {}
        results: dict[str, str] = {}
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        for line in lines:
            try:
                said = json.loads(line)
            except json.JSONDecodeError:  # the last line of a writer that was killed: it had done nothing yet
                continue
            if "intent" in said:
                intents[said["intent"]["number"]] = said["intent"]
            else:
                results[said["ended"]] = said["result"]
        return intents, results

    def _write(self, line: dict[str, Any]) -> None:
        # A killed writer may have left half a line.
        with self.path.open("a") as file:
            file.write("\n" + json.dumps(line) + "\n")
