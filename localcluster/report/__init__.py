"""A finished run as one HTML file that opens from disk and loads nothing.

``write_report(result, path)`` is the door. ``page`` gathers what the templates show, ``payload``
the data that the page's script draws from, ``policy`` the rule by which a browser runs no other script.
``rows_shown(criteria)`` says of which rows a run on pictures keeps thumbnails for it.
"""

from localcluster.report.pictures import rows_shown
from localcluster.report.write import write_report

__all__ = ["rows_shown", "write_report"]
