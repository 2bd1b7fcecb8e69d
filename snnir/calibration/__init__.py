"""Calibration: what fits weights to spikes, and to what spikes tend to."""
