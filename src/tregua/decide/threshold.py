r"""Does a gang outlive mass arrest? The recruit-and-incarcerate threshold.

Street members recruit at rate $r$, leave at $\delta$ and are captured at net hazard $h$; a share
$s$ of the released returns. Without a ceiling the gang grows if and only if

$$ R = \frac{r}{\delta + h\,(1 - s)} > 1, \qquad h = a_0\,e\,(1 - p_J J). $$

The length of imprisonment does not enter: a longer sentence postpones the return, and changes what
the gang settles at, not whether it persists. The model's test suite checks the formula against the
transition itself.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.model import Draws

__all__ = ["persistence", "return_threshold"]

_LITTLE, _MUCH = 0.4, 0.95


def persistence(draws: Draws) -> NDArray[np.float64]:
    """Reproduction number of a gang under a state of exception, one number a world.

    Parameters
    ----------
    draws
        Parameters; used are recruitment, desistance, arrest, enforcement_scale,
        enforcement_exception, retention_loss, filter_exception and return_share.

    Returns
    -------
    numpy.ndarray
        float64[n], positive; above 1 the gang persists.
    """
    effort = draws.column("enforcement_scale") * draws.column("enforcement_exception")
    retained = 1 - draws.column("retention_loss") * draws.column("filter_exception")
    capture = draws.column("arrest") * effort * retained
    lasting = capture * (1 - draws.column("return_share"))
    return np.asarray(draws.column("recruitment") / (draws.column("desistance") + lasting))


def return_threshold(draws: Draws) -> pd.DataFrame:
    """Share of worlds in which a gang outlives a state of exception, by share that returns.

    Parameters
    ----------
    draws
        Parameters, as `persistence` takes them.

    Returns
    -------
    DataFrame
        Columns setting (prior: return as drawn; low, high: pinned), return_share,
        share_above_one, q05, q50, q95 of the number, worlds.
    """
    settings = {
        "prior": draws,
        "low": draws.with_(return_share=_LITTLE),
        "high": draws.with_(return_share=_MUCH),
    }
    rows = []
    for name, drawn in settings.items():
        number = persistence(drawn)
        weights = drawn.weights / drawn.weights.sum()
        q05, q50, q95 = np.quantile(
            number, (0.05, 0.5, 0.95), weights=weights, method="inverted_cdf"
        )
        rows.append(
            {
                "setting": name,
                "return_share": float(weights @ drawn.column("return_share")),
                "share_above_one": float(weights @ (number > 1)),
                "q05": q05,
                "q50": q50,
                "q95": q95,
                "worlds": len(drawn),
            }
        )
    return pd.DataFrame(rows)
