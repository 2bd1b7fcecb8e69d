"""Arithmetic of spike trains and of integers, on arrays; what makes a code of it is in `snnir.codes`."""
