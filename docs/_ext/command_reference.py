"""Directive `command-reference`: every command of `tregua`, as its own `--help` shows it.

The text is asked of the commands themselves, so that the page cannot disagree with them.
"""

from __future__ import annotations

from collections.abc import Iterator

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tregua.cli import main

_WIDTH = 88


def commands(context: click.Context | None = None) -> Iterator[click.Context]:
    """Yield the context of every command, a group before its commands.

    A context knows its command, its full name (`command_path`) and the settings of its parents.
    """
    context = context or _context(main, "tregua", None)
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            child = context.command.get_command(context, name)
            if child is None:
                raise LookupError(f"'{context.command_path}' lists '{name}' but cannot load it.")
            yield from commands(_context(child, name, context))


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(
        command, parent, info_name=name, terminal_width=_WIDTH, **command.context_settings
    )


class CommandReference(SphinxDirective):
    """One section a command, headed by its name, holding its help."""

    def run(self) -> list[nodes.Node]:
        """Build the sections."""
        return [self._section(context) for context in commands()]

    def _section(self, context: click.Context) -> nodes.section:
        name = context.command_path
        section = nodes.section(ids=[nodes.make_id(name)], names=[nodes.fully_normalize_name(name)])
        self.state.document.note_explicit_target(section)
        section += nodes.title(name, name)
        text = context.get_help()
        section += nodes.literal_block(text, text, language="text")
        return section


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("command-reference", CommandReference)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
