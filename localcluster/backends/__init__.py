"""The language model on this machine.

``base`` is the protocol everything else speaks: prompts in; scores, hidden states, text out.
``gguf`` and ``hf`` are its two engines (llama.cpp, transformers); for tests
``localcluster.testing`` has one without weights.
``engine.open_model`` picks the faster; ``probe`` first tries an unknown file in a child process,
``findings`` remembers both. ``template`` and ``layout`` turn prompts to tokens the same way for all engines.
"""
