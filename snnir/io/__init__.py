"""Files, tables and other programs."""
