"""Local models: the protocol (``base``) and its implementations for GGUF, Hugging Face and tests.

``open_model(path, engine)`` is the door: it probes a new file in a child process, measures the
engines when asked to choose, and returns a ``LocalModel``.
"""
