"""What may be claimed: claims, their tests, and verdicts.

A claim is a sentence the computation may contradict. It names its test, its data and its rival
readings, and its verdict comes with an uncertainty. `judge` runs every test on the record and on
the tables of the stages before, and returns findings from which the report is made.
"""

from tregua.assess.contrasts import EXPERIMENTS, Experiment, Gap, Laboratory, contrasts
from tregua.assess.evidence import Evidence
from tregua.assess.findings import Findings, judge
from tregua.assess.known import known_tables
from tregua.assess.published import Published, beside_ours, published
from tregua.assess.rates import Period, RateRatio, rate_ratio
from tregua.assess.registry import claim, claims
from tregua.assess.strength import STRENGTHS, strength
from tregua.assess.verdict import VERDICTS, Claim, NotTestable, Result, Verdict

__all__ = [
    "EXPERIMENTS",
    "STRENGTHS",
    "VERDICTS",
    "Claim",
    "Evidence",
    "Experiment",
    "Findings",
    "Gap",
    "Laboratory",
    "NotTestable",
    "Period",
    "Published",
    "RateRatio",
    "Result",
    "Verdict",
    "beside_ours",
    "claim",
    "claims",
    "contrasts",
    "judge",
    "known_tables",
    "published",
    "rate_ratio",
    "strength",
]
