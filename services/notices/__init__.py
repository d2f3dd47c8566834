"""Registers, the national threshold, cases and penalty notices."""
