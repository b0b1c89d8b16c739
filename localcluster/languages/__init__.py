"""Texts in several languages: told apart, so that rows are compared by what they say, in any language."""

from localcluster.languages.groups import LanguageGroups, asks_for_language, places_of
from localcluster.languages.identify import languages_of

__all__ = ["LanguageGroups", "asks_for_language", "languages_of", "places_of"]
