"""Codes of what a target or a reader cannot do."""

from snnir.diagnostics.page import Table

TARGETS: Table = {
    "bias-range": (
        "A bias does not fit the integers of the target.",
        "Retrain with weight decay, or shrink the domain.",
    ),
    "chip-memory": ("The network has more synapses than the chip.", "Take fewer neurons per unit."),
    "code-not-on-target": ("The target cannot carry this code.", "Use a code or target from the hint."),
    "core-memory": ("One neuron has more synapses than a core.", "Take fewer neurons per unit, or narrower layers."),
    "cores": ("The network needs more cores than the chip has.", "Take fewer neurons per unit, or narrower layers."),
    "current-range": ("A current does not fit the integers of the target.", "Take fewer neurons per unit."),
    "delay-range": ("Spikes must wait longer than the target can delay them.", "Shorten skip connections."),
    "fan-in": ("A neuron has more sources than a core can have.", "Take fewer neurons per unit, or narrower layers."),
    "form-not-in-reader": ("The reader or target has no exact form of files.", "Use the portable form."),
    "host-op": ("The host of a program cannot compute an op.", "Use the target numpy, or leave the op out."),
    "input-range": ("An input does not fit the integers of the target.", "Shrink the domain, or normalise the inputs."),
    "membrane-range": (
        "A membrane does not fit the integers of the target.",
        "Take fewer steps, or shrink the domain.",
    ),
    "message-range": ("A graded message does not fit the integers of the target.", "Shrink the domain."),
    "mixed-current": ("Spikes and inputs meet in one layer, which the target cannot align.", "Avoid such connections."),
    "mixed-gain": ("Changes of inputs and of neurons meet in one layer.", "Use the target numpy."),
    "no-spikes": ("What is read out or written does not come from spikes.", "Leave it on the host, or compile first."),
    "not-in-reader": ("The reader would run this as something else.", "Use another reader, or leave it out."),
    "not-on-target": ("The target has no such op, or no host to run it.", "Use another target."),
    "reader-refused": ("Nothing is written for this reader: it does not run what it reads.", "Use another reader."),
    "table-range": ("The function of a neuron is not finite everywhere in the range of its table.", "Use population."),
    "threshold-range": ("A threshold does not fit the integers of the target.", "Take fewer steps."),
    "weight-range": ("A weight does not fit the integers of the target.", "Retrain with weight decay."),
}
