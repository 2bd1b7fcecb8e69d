"""Passes, one per file, and the pipeline that orders them."""
