"""A sentence embedder of random weights, small enough to train in a test."""

from __future__ import annotations

from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

WORDS = ("cat", "dog", "cow", "red", "blue", "green", "one", "two", "three", "runs", "sleeps", "sings")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def tiny_embedder(folder: Path) -> SentenceTransformer:
    """A BERT of two layers and 16 dimensions, mean pooled, with dropout on as real ones have it."""
    vocabulary = {word: number for number, word in enumerate(SPECIAL + WORDS)}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=32, **names).save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=32,
            initializer_range=0.2,
        )
        BertModel(config).save_pretrained(folder)
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
