"""Taking a model away again: what we installed is deleted, what the user only named is let go."""

from __future__ import annotations

from pathlib import Path

from localcluster.errors import RegistryError
from localcluster.progress import SILENT, Reporter
from localcluster.registry.manifest import read_manifest, unknown_name
from localcluster.registry.records import added_record, find_record, installed_record, names_here
from localcluster.registry.staging import staging


def remove(name: str, reporter: Reporter = SILENT) -> list[str]:
    """Remove a model, or those of a group that are installed, from this machine.

    Files that :func:`~localcluster.registry.install` or ``unpack`` brought are deleted. Of a model that
    :func:`~localcluster.registry.add` named, only the name goes: its files are the user's own.

    Parameters
    ----------
    name : str
        As in ``localcluster models list``, or a group such as ``"starter"``.
    reporter : Reporter
        Is told what became of each.

    Returns
    -------
    list of str
        Names that were removed.

    Raises
    ------
    RegistryError
        If there is no such model here; those that there are are named.
    """
    here = names_here()
    group = read_manifest().groups.get(name, ())
    wanted = [name] if name in here else [member for member in group if member in here]
    if not wanted:
        raise RegistryError(_absent(name, here))
    for one in wanted:
        if installed_record(one).is_file():
            _delete(one, reporter)
        else:
            _forget(one, reporter)
    return wanted


def _delete(name: str, reporter: Reporter) -> None:
    folder = installed_record(name).parent
    linked = folder.resolve() if folder.is_symlink() else None
    freed = _bytes_under(folder)
    with staging() as staged:
        # In one step: a killed process leaves the model whole, or gone and its files to be swept.
        folder.rename(staged / name)
    back = f" To have it back: localcluster models install {name}" if read_manifest().get(name) else ""
    if linked is None:
        what = f"deleted {folder} ({freed / 1e6:,.0f} MB)"
    else:
        what = f"deleted the link {folder}; the {freed / 1e6:,.0f} MB that it leads to are left in {linked}"
    reporter.say(f"Removed {name}: {what}.{back}")


def _forget(name: str, reporter: Reporter) -> None:
    record = added_record(name)
    try:
        model = find_record(name)
    except RegistryError:  # A damaged record does not say what it stood for; it goes all the same.
        model = None
    record.unlink()
    which = "what it stood for" if model is None else str(model.path)
    reporter.say(f"Removed the name {name}; {which} is your own and was not touched.")


def _bytes_under(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _absent(name: str, here: list[str]) -> str:
    manifest = read_manifest()
    known = manifest.get(name) or name in manifest.groups
    why = f"{name!r} is not installed." if known else unknown_name(name, tuple(here)).split(" All names:")[0]
    there = f"Models on this machine: {', '.join(here)}." if here else "No model is on this machine."
    return f"{why} Nothing was removed. {there}"
