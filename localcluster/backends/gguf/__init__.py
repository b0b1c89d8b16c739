"""GGUF files through the low-level API of llama-cpp-python: many sequences per batch, any layer."""
