"""`make audit`: known weaknesses of what services run on. Who can ask nobody says so, and fails."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOBODY_ANSWERED = 2


def main() -> int:
    """Ask for every package of requirements.txt. 0: nothing is known; 1: something is; 2: nobody could be asked."""
    command = [
        str(Path(sys.executable).with_name("pip-audit")), "--strict", "--require-hashes", "--disable-pip",
        "--requirement", str(ROOT / "requirements.txt"), "--format", "json", "--progress-spinner", "off",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return report(done.stdout, done.stderr)


def report(answer: str, words: str) -> int:
    """Say what pip-audit found, from its JSON; without any, its own last words."""
    try:
        packages = json.loads(answer)["dependencies"]
    except (ValueError, KeyError):
        print(f"nobody could be asked, so nothing is known: {' '.join(words.split())[-300:] or 'pip-audit was silent'}")
        return NOBODY_ANSWERED
    known = [(each, weakness) for each in packages for weakness in each.get("vulns", ())]
    for package, weakness in known:
        mended = ", ".join(weakness.get("fix_versions", ())) or "nothing yet"
        print(f"{package['name']} {package['version']}: {weakness['id']}, mended in {mended}")
    print(f"{len(packages)} packages were asked about, {len(known)} known weaknesses")
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main())
