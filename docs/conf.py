"""Sphinx configuration. The build needs no network, and any warning fails it (`make docs`)."""

import sys
from pathlib import Path

from tregua import __version__

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "tregua"
author = "tregua contributors"
copyright = "2026, tregua contributors"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "claim_pages",
    "command_reference",
    "offline_math",
    "public_names",
]
exclude_patterns = ["_build"]

# --- Markdown
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# --- docstrings
default_role = "code"  # single backticks in docstrings are code, as everywhere else
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
python_use_unqualified_type_names = True
autodoc_default_options = {"exclude-members": "model_config, __init__, __new__"}
napoleon_google_docstring = False
napoleon_use_ivar = True

# --- links: every reference into tregua must resolve; names of other projects stay plain text
nitpicky = True
nitpick_ignore = [
    ("py:class", "tregua.compiled.Function"),  # a type variable, in signatures only
    ("py:class", "tregua.infer.counts.segments.Monthly"),  # of a field that is not public
]

# --- pages
html_theme = "furo"
html_title = "tregua"
html_static_path = ["_static"]
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
