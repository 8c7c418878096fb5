"""Does a short run still give the numbers it gave?

One column a month, so that a change names the month in which it began. Every mechanism of the
physical layer is at work within the eighteen months. A deliberate change of the transition is
followed by `pytest tests/golden --force-regen`, and the difference is read before it is kept.
Same bits are promised on one architecture; the tolerance allows for another's `exp` and `log`,
where a draw may still land elsewhere, so that another architecture regenerates the file.
"""

import pandas as pd

from tregua import model, simulate
from tregua.model import Era, Script, Stance

SCRIPT = Script(
    (
        Era(pd.Timestamp("2011-01-01"), Stance.MANO_DURA, 2.0, pressing=0.5),
        Era(pd.Timestamp("2011-07-10"), Stance.BOTH, None, restraining=0.7),
        Era(pd.Timestamp("2012-01-20"), Stance.EXCEPTION, 5.0, segregated=0.9),
    )
)


@model.government
def pact_then_reform(view):
    """A secret pact until 2012, reform from then on."""
    return Stance.SECRET_PACT if view[model.View.TIME] < 2012.0 else Stance.REFORM


def table(ensemble):
    """Rows: world and variable; columns: months."""
    long = ensemble.to_frame().drop(columns="weight").melt(["world", "month"])
    wide = long.pivot_table("value", ["world", "variable"], "month", sort=False)
    wide.columns = [f"{month:%Y-%m}" for month in wide.columns]
    wide.index = [f"world {world} {name}" for world, name in wide.index]
    return wide


def run(**options):
    return simulate.run(
        model.prior_draws(2, seed=20),
        start="2011-01-01",
        end="2012-07-01",
        seed=12,
        variables=simulate.VARIABLES,
        **options,
    )


def test_a_scripted_history(dataframe_regression):
    dataframe_regression.check(
        table(run(script=SCRIPT)), default_tolerance={"rtol": 1e-9, "atol": 1e-9}
    )


def test_a_history_of_strategies(dataframe_regression):
    dataframe_regression.check(
        table(run(profile=model.Profile(pact_then_reform))),
        default_tolerance={"rtol": 1e-9, "atol": 1e-9},
    )


def test_the_mean_reading_of_a_script(dataframe_regression):
    dataframe_regression.check(
        table(run(script=SCRIPT, reading="mean")), default_tolerance={"rtol": 1e-9, "atol": 1e-9}
    )
