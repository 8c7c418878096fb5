"""Views made by hand: an unremarkable state of El Salvador, with what a test changes of it."""

import numpy as np

from tregua.model import PARAMETERS, GangView, Parameter, View, in_view, own
from tregua.model.state import LONG_AGO

COUNTRY = {
    View.TIME: 2011.0,
    View.YEARS: 1.0,
    View.SINCE_CHANGE: 30.0,
    View.SINCE_BREAK: LONG_AGO,
    View.RECORDED_MONTH: 60.0,
    View.RECORDED_YEAR: 60.0,
    View.FEAR: 0.4,
    View.APPROVAL: 0.55,
    View.DEMOCRACY: 0.7,
    View.INSTITUTIONS: 0.3,
    View.TO_ELECTION: 3.0,
    View.CAPTURE: 0.06,
    View.DRAW: 0.5,
    View.REVISION: 0.999,
    View.CHOICE: 0.5,
    View.PRESSURE: 0.2,
    View.POPULATION: 6.2e6,
    View.AMBIENT_RATE: 900.0,
    View.STREET: 30_000.0,
    View.ENFORCEMENT: 1.0,
    View.PLATFORM: 2.2,
    View.FILTER: 0.8,
    View.CONTROL: 0.4,
    View.LENGTH: 1.0 / 48.0,
}
A_GANG = {
    GangView.TRUST: 0.6,
    GangView.RELIANCE: 0.63,
    GangView.COMMAND: 0.6,
    GangView.DRAW: 0.5,
    GangView.REVISION: 0.999,
    GangView.CHOICE: 0.5,
    GangView.INCLUDED: 1.0,
    GangView.READINESS: 1.0,
}
# Weights of decisions as round as numbers worked out by hand need; they stay when a match moves the
# defaults.
WEIGHTS = {
    "government_precision": 2.6,
    "government_revision": 1.2,
    "gang_precision": 11.5,
    "gang_revision": 12.0,
    "value_of_calm": 0.63,
    "democracy_cost": 2.3,
    "value_of_reform": 0.43,
    "reform_cost": 0.25,
    "crackdown_cost": 0.1,
    "inertia": 0.76,
    "value_of_concession": 0.8,
    "undetected": 0.36,
    "restraint_cost": 0.22,
    "pressing_cost": 0.25,
    "capture_cost": 1.1,
}
SHARES = (0.65, 0.18, 0.17)
BASE = (1800.0, 700.0, 650.0)


def view_of(country=None, gang=None, parameters=None, *, gangs=3):
    """A view: values by name of `View`, of `GangView` (one, or one a gang), of parameters."""
    view = np.zeros(in_view(0, gangs))
    for place, value in COUNTRY.items():
        view[place] = value
    for parameter in PARAMETERS:
        view[own(parameter)] = WEIGHTS.get(parameter.name, parameter.default)
    view[View.TRUST_NEEDED] = Parameter.trust_needed.default
    view[View.BACKLASH_TIME] = Parameter.backlash_time.default
    view[View.PRESSING_CRACKDOWN] = Parameter.pressing_crackdown.default
    view[View.GANGS] = gangs
    for g in range(gangs):
        for place, value in A_GANG.items():
            view[in_view(place, g)] = value
        view[in_view(GangView.SHARE, g)] = SHARES[g] if gangs == 3 else 1.0 / gangs
        view[in_view(GangView.BASE_RATE, g)] = BASE[g % 3]
        view[in_view(GangView.STREET, g)] = 30_000.0 * view[in_view(GangView.SHARE, g)]
    for name, value in (country or {}).items():
        view[View[name]] = value
    for name, value in (gang or {}).items():
        for g, number in enumerate(np.broadcast_to(value, gangs)):
            view[in_view(GangView[name], g)] = number
    for name, value in (parameters or {}).items():
        view[own(Parameter[name])] = value
    return view
