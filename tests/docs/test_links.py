"""Do links lead somewhere? (Within docs/ the build of the site checks them too, with anchors.)"""

import re

import pytest
from tests.docs._pages import NAMES, PAGES, ROOT

LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)\s#]+)(?:#[^)\s]*)?\)", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_page_links_to_files_that_exist(page):
    # A link may be broken over two lines between its words, never within its target.
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing, f"{page.relative_to(ROOT)} links to {missing}"


def test_every_page_of_the_readme_and_contributing_is_found():
    # Guards the pattern above: these two are known to link.
    for name in ("README.md", "CONTRIBUTING.md"):
        assert len(LINK.findall((ROOT / name).read_text(encoding="utf-8"))) > 4
