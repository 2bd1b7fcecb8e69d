"""Networks with other activations and structures than the paper's, fitted to smooth functions."""
