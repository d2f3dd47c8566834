"""Dashboards for Grafana: what they show stands in `boards.py`; the files beside it are written by `make contracts`."""
