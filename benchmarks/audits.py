"""Under what licences everything comes that minyi stands on, and whether any of it is known to be vulnerable.

    python benchmarks/audits.py             # writes docs/licences.md, and asks pip-audit
    python benchmarks/audits.py --licences  # licences alone, without a network

Ends with 1 where a licence would bind minyi itself (GPL, AGPL), is not known, or a vulnerability is. Where pip-audit
or its database is not at hand, vulnerabilities are "not checked", which is no failure and no clean bill.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK, PAGE = ROOT / "requirements.lock", ROOT / "docs" / "licences.md"
UNSAID = {
    "resvg-py": "MIT",
}
"""Licences that packages say in their repository or their files and not in what is installed of their metadata."""
_PLAIN = {"BSD License": "BSD", "MIT License": "MIT", "The MIT License (MIT)": "MIT", "PSFL": "PSF-2.0"}
_BINDING = re.compile(r"\b(?:A?GPL|GNU (?:Affero )?General Public)", re.IGNORECASE)
_WEAK = re.compile(r"LGPL|GNU Lesser|MPL|Mozilla", re.IGNORECASE)
_LONGEST = 120
HEAD = """# Licences

Made by `python benchmarks/audits.py` from what installed packages say of themselves; not to be edited by hand. minyi is
under Apache-2.0. It ships none of these packages: they are installed beside it. What only the extra `transformers`
brings is not pinned, and not here.

"""


class Licensed(NamedTuple):
    """A package and its licence.

    Attributes:
        name: of the package.
        version: that is installed.
        licence: in its own words, "" where it says none.
        needed: `always`, the extras that bring it, or `development`.
    """

    name: str
    version: str
    licence: str
    needed: str

    @property
    def kind(self) -> str:
        """Whether it binds what is built on it: `binding`, `weak` (its own files alone), `unknown` or `free`."""
        if not self.licence:
            return "unknown"
        ways = [way for way in re.split(r"\s+OR\s+|; ", self.licence) if not _BINDING.search(way) or _WEAK.search(way)]
        if not ways:
            return "binding"
        return "weak" if all(_WEAK.search(way) for way in ways) else "free"


def canonical(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(text: str) -> list[str]:
    """The packages that a file of requirements pins."""
    return [canonical(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)]


def licence_of(found: Distribution) -> str:
    """What a package says its licence is: the expression, else the classifiers, else the free text on one line."""
    said = found.metadata
    classifiers = [one.split(" :: ")[-1] for one in said.get_all("Classifier") or [] if one.startswith("License ::")]
    free = (said.get("License") or "").strip().partition("\n")[0].strip()
    short = free if len(free) <= _LONGEST and not free.startswith("Copyright") else ""
    chosen = said.get("License-Expression") or short or "; ".join(classifiers)
    if short == "LGPL" or len(classifiers) > 1:
        chosen = "; ".join(classifiers)
    return _PLAIN.get(chosen, chosen) or UNSAID.get(canonical(said["Name"]), "")


def brought(needs: list[str]) -> set[str]:
    """Every package that these requirements bring, and those bring in turn."""
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(need) for need in needs]
    while waiting:
        need = waiting.pop()
        for extra in ("", *need.extras):
            if (canonical(need.name), extra) not in seen and canonical(need.name) != "minyi":
                seen.add((canonical(need.name), extra))
                waiting += [
                    one for one in _needs(need.name) if one.marker is None or one.marker.evaluate({"extra": extra})
                ]
    return {name for name, _ in seen}


def _needs(name: str) -> list[Requirement]:
    try:
        return [Requirement(need) for need in distribution(name).requires or []]
    except PackageNotFoundError:  # of another platform, or of an extra that is not installed here
        return []


def licensed(names: list[str]) -> list[Licensed]:
    """Every package that is installed of these, with its licence and what needs it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    always = brought(project["dependencies"])
    extras = {extra: brought(needs) - always for extra, needs in project["optional-dependencies"].items()}
    found = []
    for name in names:
        one = distribution(name)
        by = [extra for extra, packages in extras.items() if name in packages]
        needed = "always" if name in always else ", ".join(by) or "development"
        found.append(Licensed(one.metadata["Name"], one.version, licence_of(one), needed))
    return found


def page(found: list[Licensed]) -> str:
    """The page of licences."""
    weak = [f"{one.name} ({one.licence}; {one.needed})" for one in found if one.kind == "weak"]
    said = HEAD + "Bound to their own files, and to nothing that uses them (LGPL, MPL): " + "; ".join(weak) + ".\n"
    said += "None is under the GPL or AGPL alone.\n\n| package | version | licence | needed |\n|---|---|---|---|\n"
    return said + "".join(f"| {one.name} | {one.version} | {one.licence} | {one.needed} |\n" for one in found)


def vulnerable() -> tuple[bool | None, str]:
    """Whether a pinned package is known to be vulnerable, and in what words; None where that was not checked."""
    if find_spec("pip_audit") is None:
        return None, "pip-audit is not installed"
    call = [sys.executable, "-m", "pip_audit", "-r", str(LOCK), "--no-deps", "--disable-pip", "--format=json"]
    try:
        done = subprocess.run(call, capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return None, "its database did not answer"
    return verdict(done.stdout, done.stderr)


def verdict(said: str, trouble: str) -> tuple[bool | None, str]:
    """What pip-audit's JSON comes to; anything but a list of packages that were looked up is "not checked"."""
    try:
        packages = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None, (trouble.strip().splitlines() or ["it said nothing"])[-1][:200]
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    if skipped or not packages:
        return None, f"{len(skipped)} packages were not looked up"
    bad = [f"{one['name']} {', '.join(known['id'] for known in one['vulns'])}" for one in packages if one.get("vulns")]
    return bool(bad), "; ".join(bad) or f"{len(packages)} packages, none is known to be vulnerable"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--licences", action="store_true", help="licences alone")
    arguments = parser.parse_args()
    found = licensed(locked(LOCK.read_text("utf-8")))
    PAGE.write_text(page(found), "utf-8")
    wrong = [f"{one.name}: {one.licence or 'unknown'}" for one in found if one.kind in {"binding", "unknown"}]
    print(f"licences: {len(found)} packages, {', '.join(wrong) or 'none'} that binds minyi or is not known")
    bad, said = (False, "") if arguments.licences else vulnerable()
    if not arguments.licences:
        print(f"vulnerabilities: {'not checked, ' if bad is None else ''}{said}")
    return int(bool(wrong or bad))


if __name__ == "__main__":
    sys.exit(main())
