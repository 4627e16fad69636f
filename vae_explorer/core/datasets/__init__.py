"""Anyone's data: folders of pictures, NumPy files and tables become one type, with a preview before they are taken.

`core.datasets.reading` is the way in.
"""
