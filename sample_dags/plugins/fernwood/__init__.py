"""Fernwood's own hooks, operators and sensors."""
