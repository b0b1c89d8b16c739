"""Models on the Hugging Face hub: fetched only when the user asks for it, on a connected machine."""

from __future__ import annotations

from pathlib import Path

from localcluster.errors import RegistryError
from localcluster.offline import allow_network
from localcluster.registry.contents import OTHER_FORMATS, patterns
from localcluster.registry.manifest import ModelEntry


def download_repository(entry: ModelEntry, target: Path) -> str:
    """Fetch the weights, settings and tokenizer of ``entry`` into ``target``; return ``"repo@commit"``.

    Pickled weights and Python files are never fetched.

    Raises
    ------
    RegistryError
        If huggingface_hub is not installed, or for whatever reason the hub does not deliver.
    """
    if entry.hub is None:
        raise RegistryError(
            f"{entry.name} has no hub address. Type: localcluster models install {entry.name}"
        )
    with allow_network():
        try:
            # Imported here because it reads its offline switches at import.
            from huggingface_hub import HfApi, snapshot_download
        except ImportError as error:
            raise RegistryError(
                f"Fetching {entry.name} from the hub needs huggingface_hub. "
                "Type: pip install 'localcluster[hub]'"
            ) from error
        try:
            commit = str(HfApi().model_info(entry.hub.repo, revision=entry.hub.revision).sha)
            snapshot_download(
                entry.hub.repo,
                revision=commit,
                local_dir=target,
                allow_patterns=list(patterns(entry.weights)),
                ignore_patterns=list(OTHER_FORMATS),
            )
        except Exception as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise RegistryError(
                f"The hub did not deliver {entry.hub.repo}: {reason}\n"
                "On a machine without network, bring its files in a folder and type: "
                f"localcluster models install {entry.name} --from FOLDER"
            ) from error
    return f"{entry.hub.repo}@{commit}"
