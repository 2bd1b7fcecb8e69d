"""Codes of diagnostics that only this package has."""

from snnir.diagnostics import Table

CODES: Table = {
    "algebraic-loop": ("Nodes depend on their own results within a step.", "Put a neuron or a Delay into the cycle."),
    "bad-delay": ("A delay is no whole number of steps, or too long.", "Choose another `--dt`."),
    "bad-edge": ("An edge joins what NIR cannot join.", "Write the file again without it."),
    "bad-parameter": ("A node has an unknown parameter, or one of another shape or type.", "Correct it in the file."),
    "bad-shape": ("Arrays do not have the shapes that their place needs.", "Give them in the shape of the message."),
    "bad-threshold": ("A threshold is not greater than zero.", "Correct it in the graph."),
    "changed-nir": ("The file was changed since snnir wrote it.", "Emit it again, or read it with `read_nir`."),
    "damaged-nir": ("The file is no legal NIR file.", "Copy or write it again."),
    "dangling-edge": ("An edge names a node that is not there.", "Write the file again."),
    "duplicate-edge": ("An edge is there several times.", "Leave the others out; NIR adds up what arrives."),
    "foreign-nir": (
        "The file was not written by snnir, or has nodes without a meaning step by step.",
        "Use `snnir run`.",
    ),
    "inputs-missing": ("A run has no array for some of its inputs.", "Give one for each."),
    "mixed-precision": ("Weights and thresholds have different precisions.", "Cast them to one."),
    "mixed-steps": ("Parts of the network run for different numbers of steps.", "Give all the same."),
    "nir-format": ("The metadata has a format that this version does not read.", "Use the version that wrote it."),
    "nir-version": ("The file has a version of NIR that is not read.", "Write it with nir 1.0."),
    "precision-not-in-nir": ("Weights of this precision are not written.", "Cast them to float32."),
    "reader-missing": ("The reader is not installed for this Python.", "Install it, or name another with `--python`."),
    "shape-misfit": ("What arrives at a node does not have the shape that it takes.", "Correct the file."),
    "undecoded-output": ("An output is spikes or a current.", "Decode it."),
    "unfed-node": ("Nothing arrives at a node.", "Connect it, or leave it out."),
    "unknown-input": ("The file has no such input.", "Choose one from the hint."),
    "unknown-node": ("The file or NIR has no such node.", "Choose one from the hint."),
}
