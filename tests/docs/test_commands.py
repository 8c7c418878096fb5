"""Do the commands explain themselves, and do the pages only name commands that exist?"""

import re
import shlex

import click
import pytest
from click.testing import CliRunner
from command_reference import commands
from tests.docs._pages import NAMES, PAGES, ROOT, blocks

from tregua.cli import main

COMMANDS = {context.command_path: context.command for context in commands()}
OVERVIEW = main.list_commands(click.Context(main))
TARGETS = set(
    re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
)


@pytest.mark.parametrize("path", COMMANDS)
def test_help_explains_and_shows_an_example(path):
    result = CliRunner().invoke(main, [*path.split()[1:], "--help"])
    assert result.exit_code == 0, result.output
    found = re.search(r"Examples?:\s+(tregua .*?)(?:\n\s*\n|\Z)", result.output, re.DOTALL)
    assert found, f"`{path} --help` shows no example:\n{result.output}"
    examples = re.split(r"(?<!\S)(?=tregua )", " ".join(found.group(1).split()))
    for line in filter(None, examples):
        check_command_line(line)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_that_prints_takes_json(path):
    command = COMMANDS[path]
    if isinstance(command, click.Group):
        return
    options = {name for parameter in command.params for name in parameter.opts}
    assert "--json" in options, f"`{path}` has no --json"


@pytest.mark.parametrize("name", OVERVIEW)
def test_the_overview_tells_each_command_in_one_line(name):
    line = re.search(rf"^  {name}  +(\S.*)$", CliRunner().invoke(main, ["--help"]).output, re.M)
    assert line, f"the overview does not list {name}"
    assert line.group(1).endswith("."), line.group(1)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_shell_lines_of_a_page_would_run(page):
    for first, code in blocks(page, "sh", "console"):
        for number, line in enumerate(code.replace("\\\n", "  ").splitlines(), first):
            try:
                check_shell_line(line.removeprefix("$ "))
            except (click.ClickException, LookupError) as error:
                pytest.fail(f"{page.name}:{number}: `{line}`: {error}")


def check_shell_line(line):
    """Refuse a line whose `tregua` command or `make` target does not exist."""
    words = shlex.split(line, comments=True)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    if words and words[0].rpartition("/")[2] == "tregua":
        check_command_line(line)
    elif words and words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word and not word.startswith("-")]
        unknown = set(targets) - TARGETS
        if unknown:
            raise LookupError(f"no target {unknown} in the Makefile")


def check_command_line(line):
    """Refuse an unknown command or an option that it does not take."""
    words = shlex.split(line, comments=True)
    end = next((i for i, word in enumerate(words) if word in {"|", ">", "&&", ";"}), len(words))
    start = next(i for i, word in enumerate(words) if word.rpartition("/")[2] == "tregua")
    words = words[start + 1 : end]
    command: click.Command = main
    context = click.Context(main, info_name="tregua")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, child, words = command.resolve_command(context, words)
        if child is None:
            raise LookupError(f"no command {name}")
        command, context = child, click.Context(child, info_name=name, parent=context)
    command.make_parser(context).parse_args(args=list(words))


def test_the_checks_of_this_file_can_fail():
    check_shell_line("tregua assess el-salvador --seed 1 | head")
    for wrong in ("tregua asses", "tregua assess --sed 1", "make tets"):
        with pytest.raises((click.ClickException, LookupError)):
            check_shell_line(wrong)
