"""The embedding models that run in this process: the built-in one, made once from pinned weights, and ONNX folders."""
