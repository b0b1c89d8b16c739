"""Texts in several languages: told apart, so that rows are compared by what they say, in any language."""

from localcluster.languages.identify import languages_of

__all__ = ["languages_of"]
