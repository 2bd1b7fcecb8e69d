"""Codes of files, archives, and the programs that read them."""

from snnir.diagnostics.page import Table

FILES: Table = {
    "archive-version": (
        "The archive has a format that this version does not read.",
        "Use that version, or compile again.",
    ),
    "broken-plugin": ("A plug-in cannot be imported, or is not what it declares.", "Reinstall or remove the package."),
    "cannot-read": ("The file exists and cannot be read.", "Check its rights, and that it is no folder."),
    "cannot-write": ("A result cannot be written there.", "Follow the hint; nothing was replaced."),
    "changed-file": ("The emitted file is not what its archive would be written as.", "Emit it again."),
    "damaged-archive": (
        "The archive is incomplete or its content does not match its digest.",
        "Copy or compile it again.",
    ),
    "damaged-npz": ("The arrays beside a program cannot be read.", "Copy or emit them again."),
    "damaged-setting": ("The setting in an archive cannot be read.", "Compile the model again."),
    "drift": ("A program does not do what the simulator does with the same neurons.", "Check its version; report it."),
    "foreign-report": ("The report of an archive is not one of snnir.", "Show the graph: `--format text`."),
    "lfs-pointer": ("The file is a pointer of Git LFS.", "Fetch the file itself: `git lfs pull`."),
    "missing-tensor": ("A text names a tensor that was not given with it.", "Read the archive that the text is from."),
    "no-interpreter": ("The Python that was named cannot be run.", "Name one with `--python`."),
    "no-matplotlib": ("Pictures need matplotlib.", "`pip install matplotlib`, or write `.json`."),
    "no-setting": ("An archive from before settings were stored is incomplete.", "Compile the model again."),
    "no-such-file": ("There is no such file.", "Check the name; the hint has the nearest."),
    "not-compiled": ("Only compiled networks and NIR files can be run.", "Compile the model first."),
    "not-in-time": ("Files of this kind hold no network that runs step by step.", "Leave out `--reader` and `--dt`."),
    "not-its-archive": (
        "A file and the archive beside it are of different networks.",
        "Keep those of one compile together.",
    ),
    "not-json": ("Something in an archive is not plain JSON.", "Give numbers, texts, lists and mappings of them."),
    "not-written": ("Graphs are not written as files of this kind.", "Write another kind, e.g. ONNX."),
    "other-archive": ("Writing would replace an archive that other files need.", "Choose another name."),
    "other-profile": (
        "A program runs a file that was compiled for another one, less exactly.",
        "Compile it for this one.",
    ),
    "out-of-memory": ("The memory of this machine is not enough.", "Take fewer points or steps, or record less."),
    "reader-failed": (
        "A program could not run the file, or left no usable result.",
        "Read its message; check its version.",
    ),
    "reader-timeout": ("A program did not finish in time.", "Give it longer: `--time-limit`."),
    "text-syntax": ("The text form of a graph cannot be read.", "Correct the place that is shown."),
    "unknown-format": ("No frontend reads files with this ending.", "Use one from the hint."),
}
