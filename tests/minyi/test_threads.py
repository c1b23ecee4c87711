"""NumPy computes on one thread in every command: sums in another order would move the last digits."""

import subprocess
import sys

import pytest

SAY = """
import sys
sys.argv = ["minyi", "--version"]
import minyi.cli as cli
assert "numpy" not in sys.modules
try:
    cli.main()
except SystemExit:
    pass
import os
print(os.environ["OPENBLAS_NUM_THREADS"])
"""


@pytest.mark.parametrize(("given", "found"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")])
def test_a_command_sets_the_threads_before_numpy_is_loaded_and_leaves_what_a_person_set(
    given: dict[str, str], found: str
) -> None:
    said = subprocess.run([sys.executable, "-c", SAY], env=given, capture_output=True, text=True, check=True)
    assert said.stdout.split()[-1] == found
