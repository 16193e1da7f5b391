"""onnxruntime without its telemetry, which its packages have switched on; its only door.

A counter that a company runs by itself tells nobody what it does. The library reads the variable when it is loaded, and
then makes no device's id, no cache of events and no connection. Ctrl-C waits until it is loaded: one that comes amid
that is told as a library that is broken.
"""

from __future__ import annotations

import os

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

__all__ = ["REFUSALS", "onnxruntime"]

REFUSALS = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NotImplemented, RuntimeException, ValueError)
