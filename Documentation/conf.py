# SPDX-License-Identifier: Apache-2.0
"""Sphinx: make htmldocs."""
project = "Lodge"
author = "the Lodge developers"
copyright = author
extensions = []
highlight_language = "none"
html_theme = "alabaster"
html_theme_options = {"page_width": "68em", "sidebar_width": "15em"}
html_copy_source = False
html_show_sphinx = False
smartquotes = False
