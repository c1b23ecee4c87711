"""Modules that take long to import and are often not needed: imported when something of them is first used."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


class _NotYet(ModuleType):
    """A module that was named and not used."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the module has
        """Import it, and give what was asked for."""
        object.__setattr__(self, "__class__", ModuleType)  # what the module imports finds it as it grows
        if self.__spec__ and self.__spec__.loader:
            self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def when_used(name: str) -> None:
    """Let `import NAME` anywhere cost nothing until something of the module is used.

    The standard library's LazyLoader imports at the second `import` already. For a command of one thread: two that use
    the module at the same moment would meet it half imported.
    """
    if name in sys.modules or (spec := find_spec(name)) is None:
        return
    module = module_from_spec(spec)
    module.__class__ = _NotYet
    sys.modules[name] = module
