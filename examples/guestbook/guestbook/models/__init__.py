from .entry import Entry
from .heartbeat import Heartbeat

__all__ = ["Entry", "Heartbeat"]
