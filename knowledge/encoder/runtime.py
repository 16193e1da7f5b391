"""onnxruntime without its telemetry, which its packages have switched on; its only door.

A counter that a company runs by itself tells nobody what it does. The library reads the variable when it is loaded, and
then makes no device's id, no cache of events and no connection. Ctrl-C waits until it is loaded: one that comes amid
that is told as a library that is broken.
"""

from __future__ import annotations

import os
from pathlib import Path

from knowledge.undisturbed import undisturbed

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

with undisturbed():
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import (
        Fail,
        InvalidArgument,
        InvalidGraph,
        InvalidProtobuf,
        NotImplemented,
        RuntimeException,
    )

__all__ = ["REFUSALS", "onnxruntime", "session"]

REFUSALS = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NotImplemented, RuntimeException, ValueError)
QUIET = 3  # its log level: errors only


def session(model: Path) -> onnxruntime.InferenceSession:
    """A model on one thread: the threads are ours. Raises one of REFUSALS."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = QUIET
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
