"""Write the schema snapshot of every message: `make contracts`, after a change that was meant."""

import json
from pathlib import Path

from shared.contracts import CATALOGUE, Message

FOLDER = Path(__file__).parent / "snapshots"


def schema(message: type[Message]) -> str:
    return json.dumps(message.model_json_schema(), indent=2, sort_keys=True) + "\n"


def main() -> None:
    for kind, message in CATALOGUE.items():
        (FOLDER / f"{kind}.json").write_text(schema(message))


if __name__ == "__main__":
    main()
