"""The language model on this machine.

``base`` is the protocol everything else speaks (prompts in; scores, hidden states, text out),
``gguf`` and ``hf`` its two engines (llama.cpp, transformers), ``scripted`` one for tests without
weights. ``engine.open_model`` picks the faster one; ``probe`` tries an unknown file in a child process first.
``template`` and ``layout`` turn prompts to tokens the same way for both engines.
"""
