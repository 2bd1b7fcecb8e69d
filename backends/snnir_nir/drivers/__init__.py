"""One small program per reader: it runs a NIR file in the reader as it is, and records what every neuron did.

`drive` is started by the interpreter in which the reader is installed, and imports nothing of snnir; nothing of snnir
imports it. `nirtorch_cells` is for users, too: the neurons that nirtorch has to be given.
"""
