"""An open laboratory for bargaining between governments and criminal groups.

The package is one street, and data walks down it once:

    record -> model -> simulate -> infer | decide -> assess -> report

`record` holds what is known and who says so; `model` the game we believe in; `simulate` many
worlds of it; `infer` what the record teaches; `decide` which strategy, if we may be wrong;
`assess` what may be claimed; `report` the findings as a page. `tregua.study` walks the whole
street on one screen. Importing `tregua` itself imports none of them, so that it costs nothing.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
