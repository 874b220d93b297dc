"""Callbacks and notifiers as sensors, and what they are told."""
