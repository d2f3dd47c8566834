"""The gate's own stack: the full-size runs are not for every day (`make gate`)."""

from tests.system.conftest import living

__all__ = ["living"]
