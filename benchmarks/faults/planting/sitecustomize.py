"""Python imports this as it starts, where this folder is on PYTHONPATH: it breaks what PLANTED names, by its number.

The name is broken when its module has been loaded, before who imports it gets hold of it.
"""

from __future__ import annotations

import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).resolve().parents[1]))

from planted import PLANTS, Plant, plant

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class Planter(MetaPathFinder, Loader):
    """Waits for the fault's module."""

    def __init__(self, fault: Plant) -> None:
        self._fault = fault
        self._sound: Loader | None = None

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """The module's own spec, loaded by this; for the one module, once."""
        if name != self._fault.target.partition(":")[0]:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None:
            self._sound, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As it would be made without this."""
        return self._sound.create_module(spec) if self._sound else None

    def exec_module(self, module: ModuleType) -> None:
        """Loads it, and breaks it."""
        spec = module.__spec__
        if self._sound is None or spec is None:
            return
        spec.loader = module.__loader__ = self._sound  # so that files beside the module are found
        self._sound.exec_module(module)
        plant(self._fault, module)


if number := os.environ.get("PLANTED"):
    sys.meta_path.insert(0, Planter(PLANTS[int(number)]))
