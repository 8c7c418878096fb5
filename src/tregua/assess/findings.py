"""Findings: everything a report needs, and nothing it would have to compute."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tregua.assess.evidence import Evidence
from tregua.assess.registry import claims
from tregua.assess.verdict import Claim, NotTestable, Verdict
from tregua.provenance import Provenance
from tregua.record import Record
from tregua.shelf import Tables

__all__ = ["Findings", "judge"]


@dataclass(frozen=True)
class Findings:
    """What was found of a case.

    Attributes
    ----------
    record
        All that is known of the case.
    tables
        The data behind every figure, by name; see the reference of results.
    verdicts
        One verdict for every claim, in the order of the registry.
    provenance
        How these findings were made.
    """

    record: Record
    tables: Tables
    verdicts: tuple[Verdict, ...]
    provenance: Provenance


_OTHER_CASE = NotTestable("The claim is about another case.", "La afirmación trata de otro caso.")


def _verdict(claim: Claim, evidence: Evidence) -> Verdict:
    if claim.about not in ("", evidence.record.case.name):
        return Verdict.untested(claim, _OTHER_CASE)
    try:
        return Verdict.of(claim, claim.check(evidence))
    except NotTestable as missing:
        return Verdict.untested(claim, missing)


def judge(record: Record, tables: Tables, provenance: Provenance) -> Findings:
    """Put every claim to its test.

    Parameters
    ----------
    record
        All that is known of the case.
    tables
        Tables of the stages before; a claim whose table is missing is not tested, and says so.
    provenance
        How the tables were made.

    Returns
    -------
    Findings
        With the table `claims` added: number, kind, reach, verdict, strength, estimate, low, high,
        interval, reference, unit, sentence_en, sentence_es, found_en, found_es, qualifies, sources.
    """
    evidence = Evidence(record, tables)
    verdicts = tuple(_verdict(claim, evidence) for claim in claims())
    return Findings(record, {**tables, "claims": _table(verdicts)}, verdicts, provenance)


def _table(verdicts: tuple[Verdict, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": verdict.number,
            "kind": verdict.kind,
            "reach": verdict.reach,
            "verdict": verdict.verdict,
            "strength": verdict.strength,
            "estimate": verdict.estimate,
            "low": verdict.low,
            "high": verdict.high,
            "interval": verdict.interval,
            "reference": verdict.reference,
            "unit_en": verdict.unit["en"],
            "unit_es": verdict.unit["es"],
            "sentence_en": verdict.sentence["en"],
            "sentence_es": verdict.sentence["es"],
            "found_en": verdict.found["en"],
            "found_es": verdict.found["es"],
            "qualifies": verdict.qualifies,
            "sources": ";".join(verdict.sources),
        }
        for verdict in verdicts
    )
