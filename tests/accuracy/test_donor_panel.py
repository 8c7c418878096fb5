"""Is a published table of homicide rates read right, and is a poor answer called one?

Needs a table of rates by country and year beside the checkout; without it, it is skipped. The
figures are the table's own, so nothing here is a finding about El Salvador.
"""

from pathlib import Path

import pytest

from tregua.assess.designs.donors import donor_panel
from tregua.assess.designs.synthetic_control import synthetic_control

FILE = Path(__file__).parents[3] / "shared" / "cases" / "panel_homicide_rate.csv"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="no table of rates beside the checkout")

LATIN_AMERICA = [
    *("ARG", "BLZ", "BRA", "CHL", "COL", "CRI", "DOM", "GTM", "HND"),
    *("JAM", "MEX", "NIC", "PAN", "PRY", "PER", "TTO", "URY", "VEN"),
]


@pytest.fixture(scope="module")
def panel():
    return donor_panel(FILE)


def test_rates_are_those_of_the_table(panel):
    place = panel.units.index("SLV")
    assert panel.value[panel.period(2015), place] == pytest.approx(107.63823)
    assert panel.title("SLV") == "El Salvador (SLV)"


def ask(panel, event, **changes):
    return synthetic_control(
        panel, treated="SLV", event=event, first=2000, donors=LATIN_AMERICA, **changes
    )


def test_a_place_beyond_its_donors_is_said_to_be_so(panel):
    found = ask(panel, 2022)
    assert found.fit.scaled_imbalance > 0.3
    words = found.estimate.summary("en")
    for expected in ("it fits poorly", "beyond every donor", "one period after the event"):
        assert expected in words


def test_gaps_leave_donors_out_by_name(panel):
    assert "ARG" not in set(ask(panel, 2012, until=2013).weights["donor"])


def test_the_shares_are_certified(panel):
    for event, until in ((2012, 2013), (2019, 2021)):
        fit = ask(panel, event, until=until).fit
        assert fit.gap <= 1e-9 * fit.loss
