"""Inside: what a tenant's files name lies in the tenant's folder, links followed.

A frozen plan (`versions.io.folders`) has no copies of such files but links to those in the folder that admins
edit, and that folder under the name EDITED beside its own.
"""

from pathlib import Path

EDITED = ".edited"


def inside(folder: Path, name: str) -> Path | None:
    """Return the file, or folder, that a tenant means by `name`; None = it leads out of his `folder`."""
    found = (folder / name).resolve()
    edited = folder.parent.parent / EDITED / folder.name
    homes = (folder.resolve(), edited.resolve()) if edited.is_dir() else (folder.resolve(),)
    return found if any(found.is_relative_to(home) for home in homes) else None
