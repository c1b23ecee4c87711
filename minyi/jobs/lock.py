"""The lock of a workspace, as jobs see it; every command that writes a receipt takes it too (`minyi.lock`)."""

from minyi.lock import LOCK, Busy, Held, Holder, holder, one_at_a_time

__all__ = ["LOCK", "Busy", "Held", "Holder", "holder", "one_at_a_time"]
