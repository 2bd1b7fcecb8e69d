"""Codes of networks, and of passes over them."""

from snnir.diagnostics.page import Table

NETWORKS: Table = {
    "already-spiking": ("The network is compiled already, or runs step by step.", "Start from the model."),
    "bad-operands": ("An operator cannot take the shapes or types that reach it.", "Check the model's input sizes."),
    "broken-pass": ("A pass does not return what it promises.", "Report it to the author of the pass."),
    "canonical-differs": ("Simplifying the network changed its result.", "Rescale the weights; else report it."),
    "error-not-reached": (
        "No setting reaches the error that was asked for.",
        "Follow the hint, or allow a larger error.",
    ),
    "fixed-size": ("The model takes a fixed number of points.", "Export it with a dynamic first axis."),
    "invalid-ir": ("A graph breaks a rule of the IR.", "Report it, if you did not make the graph."),
    "no-analog": ("A pass needs the analog network that a spiking graph came from.", "Start from the analog network."),
    "not-a-function": ("A layer has a constant that differs from point to point.", "Use another code."),
    "not-finite": ("The network gives NaN or infinite numbers.", "Check the domain and the weights."),
    "nothing-spikes": (
        "No dense layer with an activation feeds another layer.",
        "See `snnir inspect` for what was read.",
    ),
    "other-network": ("A changed graph has other inputs, outputs or steps than the compiled one.", "Compile it."),
    "pass-differs": ("Passes that were given change what the network computes.", "Run them before `snnir.compile`."),
    "pass-order": ("A pass needs a property that the graph does not have.", "Run the pass that the hint names before."),
    "rewrite-diverges": ("A rewriting pass does not come to an end.", "Report the model."),
    "too-large": ("A file, tensor or result is larger than the limit.", "Give the inputs smaller fixed sizes."),
}
