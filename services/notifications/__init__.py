"""Telling people: email and letters, each exactly once in effect."""
