"""A remedy that installs into the environment in which minyi runs, by a name that can be found."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

from storage import extras
from storage.extras import install_remedy

REQUIRES = [
    "httpx>=0.27",
    'weasyprint>=70; extra == "pdf"',
    "pypdf>=5 ; extra == 'pdf'",
    'resvg-py>=0.2; extra == "mail"',
]


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (None, '"minyi[pdf,mail]"'),
        ({"url": "file:///my%20code/minyi", "dir_info": {"editable": True}}, '-e "/my code/minyi[pdf,mail]"'),
        ({"url": "file:///my/minyi", "dir_info": {}}, '"weasyprint>=70" "pypdf>=5" "resvg-py>=0.2"'),
        ({"url": "https://x.test/minyi.whl", "archive_info": {}}, '"weasyprint>=70" "pypdf>=5" "resvg-py>=0.2"'),
    ],
)
def test_what_is_installed_hangs_on_where_minyi_came_from(
    origin: dict[str, object] | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    distribution = SimpleNamespace(read_text=lambda _: json.dumps(origin) if origin else None)
    monkeypatch.setattr(extras.metadata, "distribution", lambda _: distribution)
    monkeypatch.setattr(extras.metadata, "requires", lambda _: REQUIRES)
    assert install_remedy("pdf", "mail", "pdf").endswith(f"install {said}")


@pytest.mark.parametrize(("pip", "said"), [(object(), "{} -m pip install "), (None, "uv pip install --python {} ")])
def test_it_goes_into_the_environment_that_runs(pip: object, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: pip)
    monkeypatch.setattr(sys, "executable", "/opt/e/bin/python")
    assert said.format("/opt/e/bin/python") in install_remedy("pdf")
