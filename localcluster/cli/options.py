"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from localcluster.config import ADAPT_CHOICES, ENGINE_WORDS, listed

TextColumn: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        help="column with the text; localcluster finds it if not given; several are read together, in order"
    ),
]
Llm: TypeAlias = Annotated[
    str, typer.Option(help="name or path of the language model (GGUF file or folder), or none")
]
Embedder: TypeAlias = Annotated[str, typer.Option(help="name or path of the sentence embedder")]
Adapter: TypeAlias = Annotated[
    str,
    typer.Option(help="none, smollm2-reading (ours), a path, or auto (what of ours is on by default)"),
]
Engine: TypeAlias = Annotated[str, typer.Option(help=ENGINE_WORDS)]
Triplets: TypeAlias = Annotated[int, typer.Option(help="questions per round, at most")]
Adapt: TypeAlias = Annotated[
    str, typer.Option(help=f"adapt the embedder to the answers: {listed(ADAPT_CHOICES)}")
]
KeepAll: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--keep-all",
        help="let the models read whole texts, with greetings, signatures and other recurring parts, "
        "and keep what shows their language",
    ),
]
View: TypeAlias = Annotated[
    str,
    typer.Option(
        help="which reading makes the clusters: auto, sentence (the embedder), criterion (the language "
        "model) or both"
    ),
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="show no progress")]
