"""How a zip of strangers may be packed: model files, data sets, published weights."""

import zipfile

PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Others, such as LZMA, may ask for any amount of memory."""
