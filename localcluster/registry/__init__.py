"""Names of models, and the files on this machine that they stand for.

``resolve("smollm2-135m-instruct")`` returns the file to open, or says what to type to get it.
``install`` brings models of the manifest here, ``add`` names a file of your own, ``verify`` compares
every file with its checksum, ``remove`` takes a model away. Nothing is ever downloaded that the user did
not ask for.
"""

from localcluster.registry.home import home
from localcluster.registry.installer import install
from localcluster.registry.lookup import Verdict, resolve, verify
from localcluster.registry.manifest import read_manifest
from localcluster.registry.records import InstalledModel, installed
from localcluster.registry.references import add
from localcluster.registry.removal import remove

__all__ = [
    "InstalledModel",
    "Verdict",
    "add",
    "home",
    "install",
    "installed",
    "read_manifest",
    "remove",
    "resolve",
    "verify",
]
