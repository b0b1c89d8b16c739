"""What recurs in texts without telling rows apart: salutations, signatures, footers, quoted mail.

``units`` takes a text apart, ``statistics`` counts how its parts recur over rows, ``weights`` holds
the constants that tell frame from content, and ``trim`` leaves the frame out of what models read.
"""
