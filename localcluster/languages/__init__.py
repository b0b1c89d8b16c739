"""Find the language of each text, so that rows cluster by what they say and not by their language."""

from localcluster.languages.groups import LanguageGroups, asks_for_language, places_of
from localcluster.languages.identify import languages_of

__all__ = ["LanguageGroups", "asks_for_language", "languages_of", "places_of"]
