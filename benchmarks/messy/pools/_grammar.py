"""Text blocks to tuples of templates."""

from __future__ import annotations


def lines(block: str) -> tuple[str, ...]:
    """
    Split a block into templates, one a line.

    Parameters
    ----------
    block : str
        Lines of text. Blank lines and indentation are dropped.

    Returns
    -------
    tuple of str
        The templates in order.
    """
    return tuple(line.strip() for line in block.splitlines() if line.strip())


def words(block: str) -> tuple[str, ...]:
    """
    Split a block into words.

    Parameters
    ----------
    block : str
        Words with blanks or line breaks between them.

    Returns
    -------
    tuple of str
        The words in order.
    """
    return tuple(block.split())
