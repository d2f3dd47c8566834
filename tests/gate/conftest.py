"""The full size runs on a stack of its own."""

from tests.system.conftest import fresh, living

__all__ = ["fresh", "living"]
