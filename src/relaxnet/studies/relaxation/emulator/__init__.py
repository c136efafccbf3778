"""An emulator of the simulator: any quartet from a table, tens of thousands a second."""

from .emulator import Emulator

__all__ = ["Emulator"]
