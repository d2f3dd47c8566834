"""Surveys and statutory consultations."""
