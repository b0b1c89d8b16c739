"""The language model on this machine.

``base`` is the protocol everything else speaks: prompts in; scores, hidden states, text out.
``gguf`` and ``hf`` are its two engines (llama.cpp, transformers); ``localcluster.testing`` has one without
weights, for tests. ``open_model`` picks the faster; ``probe`` first tries an unknown file in a child process,
``findings`` remembers both. ``template`` and ``encoding`` turn prompts to tokens the same way for all
engines.
"""
