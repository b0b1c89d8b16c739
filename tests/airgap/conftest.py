"""Every test here sees a manifest of tiny models and an empty home folder."""

from registry_fixtures import home_folder, tiny_manifest, tree, wheels  # noqa: F401
