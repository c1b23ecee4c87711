"""The examples in docs/deploy are ones that their programs take, and promise what the program does."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from minyi.commands import COMMANDS
from minyi.console import Exit
from minyi.stopping import GRACE_S

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
KNOWN = {name for name, *_ in COMMANDS}


def said(name: str) -> str:
    """A file without its comments."""
    lines = (DEPLOY / name).read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def values(unit: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", said(unit), re.MULTILINE)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in ("minyi.service", "minyi.timer"):
        text = (DEPLOY / name).read_text("utf-8").replace("/opt/minyi/bin/minyi", "/bin/true")
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "minyi.service", tmp_path / "minyi.timer"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "minyi" in line]

    assert (done.returncode, ours) == (0, [])


def test_the_service_knows_the_exit_codes_and_gives_a_run_the_time_it_takes_to_end() -> None:
    assert {int(code) for code in values("minyi.service", "SuccessExitStatus")} == {Exit.PARTIAL, Exit.BUSY}
    assert float(values("minyi.service", "TimeoutStopSec")[0]) > GRACE_S + 1
    assert values("minyi.timer", "Persistent") == ["true"]
    for guard in ("NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "CapabilityBoundingSet="):
        assert guard in said("minyi.service").splitlines()


@pytest.mark.parametrize("name", ["minyi.service", "crontab", "Dockerfile", "compose.yaml"])
def test_the_examples_start_commands_that_there_are(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    started = re.findall(r"(?:bin/minyi|run --rm minyi|minyi minyi) ([a-z]+)|\[\"(schedule|run)\"", text)

    assert started
    assert {one or other for one, other in started} <= KNOWN


def test_every_line_of_the_crontab_is_five_times_and_a_command_or_a_variable() -> None:
    for line in filter(None, said("crontab").splitlines()):
        assert re.fullmatch(r"[A-Z_]+=\S*|(?:[\d*/,-]+ ){5}\S.*", line), line
        assert "%" not in line, "cron takes it for the end of the line"


def test_the_container_runs_as_nobody_in_particular_with_chinese_letters() -> None:
    lines = said("Dockerfile").splitlines()
    last_user = next(line for line in reversed(lines) if line.startswith("USER"))

    assert last_user == "USER minyi"
    assert lines.index(last_user) < next(n for n, line in enumerate(lines) if line.startswith("ENTRYPOINT"))
    assert "fonts-noto-cjk" in said("Dockerfile")
    assert "VOLUME /study" in lines
    ignored = said("Dockerfile.dockerignore").splitlines()
    assert ignored[0] == "*", "what is not named is not copied: no data, no keys"
    assert "!README.md" in ignored


def test_the_compose_file_waits_for_the_database_and_holds_no_secret() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    composed: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    minyi, database = composed["services"]["minyi"], composed["services"]["database"]

    assert minyi["depends_on"]["database"]["condition"] == "service_healthy"
    assert "pg_isready" in " ".join(database["healthcheck"]["test"])
    assert set(database["secrets"]) <= composed["secrets"].keys()
    named = {volume.partition(":")[0] for service in (minyi, database) for volume in service["volumes"]}
    assert named <= composed["volumes"].keys()
    assert not any("PASSWORD" in key and not key.endswith("_FILE") for key in database["environment"])
    assert "environment" not in minyi
    assert (DEPLOY / minyi["build"]["context"] / minyi["build"]["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    assert float(minyi["stop_grace_period"].rstrip("s")) > GRACE_S + 1
