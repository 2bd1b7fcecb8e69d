"""Points and values on them: domains, sampling, samples, grids, lines, smoothing, differences."""
