r"""A posterior: weighted beliefs after the record, beside those before it, and how they were made.

The first question to a posterior is which of its numbers the data moved at all. For every parameter
`overlap` compares prior and posterior by the area their densities share, one less the total
variation distance,

.. math:: \int \min\{p(x), p(x\mid y)\}\,dx ,

measured in bins of equal prior probability. A finite sample never shares all of it, so the words
"data moved it" are used only below what 99 of 100 samples of the prior itself would show, of as
many independent draws as the sampler's are worth; of a hundred parameters which data leave alone,
about one is called moved by chance.

Parameters that no likelihood sees keep their prior draws, row by row: what was never asked is the
prior, exactly.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xarray as xr
from numpy.typing import NDArray
from scipy.special import ndtr

from tregua.infer.bayes.coordinates import Coordinates, every_name, scales
from tregua.infer.bayes.ridges import correlations, hiding_bounds, product_table
from tregua.infer.bayes.smc import Sampled
from tregua.infer.particles.sightings import Theta
from tregua.model import PARAMETERS, Draws, Parameter

__all__ = ["Posterior", "PosteriorError", "posterior"]

Floats = NDArray[np.float64]

_BINS = 10
_FALSE_ALARM = 0.01
_RESAMPLES = 200
_NULL_SAMPLES = 4_000
_TABLES = ("stages", "moves", "diagnostics", "observed", "moments", "weighing")
_FORM = 1  # of the saved files
_FEW_DRAWS = 20.0
_SHIPPED = Path(__file__).parents[1] / "shipped"

MOVED = "data moved it"
UNMOVED = "this is the prior"


class PosteriorError(ValueError):
    """A saved posterior that is missing, cut short, altered or of another form."""


@dataclass(frozen=True)
class Posterior:
    """Equally weighted draws of what is believed after a record, and all that belongs to them.

    Attributes
    ----------
    case
        Name of the case.
    draws, extra
        All parameters of the game, and the numbers of the likelihood; one row a draw.
    prior, prior_extra
        As many draws of the prior. Row by row the same where no data were asked.
    ranges
        The case's own prior ranges, by name of parameter.
    asked
        Parameters that a likelihood saw: name = "record" or "moments".
    effective
        How many independent draws the draws are worth, by name of a parameter asked about.
    log_likelihood
        float64[draws, stages]: log estimates of each stage's likelihood given those before.
    log_evidence, error
        Log of the evidence of the record's stages, and its Monte-Carlo standard error.
    stages, moves, diagnostics
        How the sampler and its filters fared (see `Sampled`).
    observed
        What was taken in: a row a stage, columns stage, year, and one a kind of figure with the
        number of figures used.
    moments
        Columns moment, target, before, after: what decisions make, if they were weighed; else
        empty.
    weighing
        Stages of the sampler that weighed decisions; else empty.
    provenance
        Command, seed, digests, versions, settings.
    """

    case: str
    draws: Draws
    extra: pd.DataFrame
    prior: Draws
    prior_extra: pd.DataFrame
    ranges: Mapping[str, Mapping[str, float]]
    asked: Mapping[str, str]
    effective: Mapping[str, float]
    log_likelihood: Floats
    log_evidence: float
    error: float
    stages: pd.DataFrame
    moves: pd.DataFrame
    diagnostics: pd.DataFrame
    observed: pd.DataFrame
    moments: pd.DataFrame
    weighing: pd.DataFrame
    provenance: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        case: str,
        sampled: Sampled,
        coordinates: Coordinates,
        *,
        seed: int,
        observed: pd.DataFrame,
        provenance: Mapping[str, Any],
    ) -> Posterior:
        """Put a sample of the record's posterior beside the prior.

        Parameters
        ----------
        case, observed, provenance
            As the attributes.
        sampled
            What the sampler found.
        coordinates
            The space it was found in.
        seed
            Seed of the prior draws.
        """
        prior = coordinates.prior(len(sampled.scores), seed)
        moved = _join(prior, coordinates.values(sampled.scores))
        empty = pd.DataFrame()
        return cls(
            case=case,
            draws=_single(moved.draws),
            extra=_single_table(moved.extra),
            prior=_single(prior.draws),
            prior_extra=_single_table(prior.extra),
            ranges={name: dict(given) for name, given in coordinates.ranges.items()},
            asked=dict.fromkeys(coordinates.names, "record"),
            effective=_counted(coordinates.names, sampled.effective),
            log_likelihood=sampled.log_likelihood.astype(np.float32).astype(np.float64),
            log_evidence=sampled.log_evidence,
            error=sampled.error,
            stages=_rounded(sampled.stages),
            moves=_rounded(sampled.moves),
            diagnostics=_rounded(sampled.diagnostics),
            observed=_rounded(observed),
            moments=empty,
            weighing=empty,
            provenance=json.loads(json.dumps(dict(provenance), default=str)),
        )

    def weighed(self, sampled: Sampled, space: Coordinates, moments: pd.DataFrame) -> Posterior:
        """The same with parameters of decisions as moments weigh them.

        Parameters
        ----------
        sampled
            A sample of as many draws.
        space
            The space it was found in.
        moments
            As the attribute.
        """
        columns = space.values(sampled.scores)
        return replace(
            self,
            draws=_single(self.draws.with_(**columns)),
            asked=dict(self.asked) | dict.fromkeys(columns, "moments"),
            effective=dict(self.effective) | _counted(space.names, sampled.effective),
            moments=_rounded(moments),
            weighing=_rounded(sampled.stages),
        )

    def __len__(self) -> int:
        """Number of draws."""
        return len(self.draws)

    @property
    def theta(self) -> Theta:
        """The draws as a filter takes them."""
        return Theta(self.draws, self.extra)

    # -- What the data moved

    def overlap(self) -> pd.DataFrame:
        """Prior and posterior of every parameter, side by side.

        Returns
        -------
        DataFrame
            A row a parameter: name, asked ("record", "moments" or ""), low, middle, high (5, 50
            and 95 % of the posterior), prior_low, prior_middle, prior_high, overlap (0 to 1),
            error (its bootstrap standard error), chance (overlap that 99 of 100 samples of the
            prior, worth as many draws, exceed), contraction (1 less the ratio of variances on the
            prior's own scale), effective (independent draws that the posterior's are worth), words
            ("data moved it", "this is the prior", or "pinned").
        """
        return self._overlap.copy()

    @cached_property
    def _overlap(self) -> pd.DataFrame:
        known = scales(every_name(), self.ranges).set_index("name")
        generator = np.random.Generator(np.random.Philox(key=_key_of(self.case)))
        chances: dict[int, float] = {}
        rows = []
        for name in every_name():
            values, before = self._column(name), self._column(name, prior=True)
            row: dict[str, Any] = {"name": name, "asked": self.asked.get(name, "")}
            row |= dict(zip(("low", "middle", "high"), _ends(values), strict=True))
            row |= dict(
                zip(("prior_low", "prior_middle", "prior_high"), _ends(before), strict=True)
            )
            centre, spread = float(known["centre"][name]), float(known["spread"][name])
            if spread == 0.0:
                rows.append(row | _PINNED)
                continue
            scores = (_to_normal(str(known["support"][name]), values) - centre) / spread
            worth = max(int(self.effective.get(name, len(self))), 2)
            if worth not in chances:
                chances[worth] = _chance_overlap(worth, generator)
            shared, error = _shared(scores, worth, generator)
            row |= {"overlap": shared, "error": error, "chance": chances[worth]}
            row["contraction"] = 1.0 - float(np.var(scores))
            row["effective"] = worth
            moved = bool(row["asked"]) and shared < chances[worth]
            rows.append(row | {"words": MOVED if moved else UNMOVED})
        return pd.DataFrame(rows)

    def _column(self, name: str, *, prior: bool = False) -> Floats:
        draws, extra = (self.prior, self.prior_extra) if prior else (self.draws, self.extra)
        if name in Parameter.__members__:
            return draws.column(name)
        return np.asarray(extra[name].to_numpy(), dtype=np.float64)

    def products(self) -> pd.DataFrame:
        """Products along the known ridges (see `product_table`)."""
        return product_table(self.draws, self.prior)

    def correlations(self) -> pd.DataFrame:
        """Correlations along the known ridges (columns one, other, posterior, prior, error)."""
        return correlations(self.draws, self.prior)

    def hiding(self) -> pd.DataFrame:
        """Bounds on what a pact stops in truth (see `hiding_bounds`)."""
        return hiding_bounds(self.draws)

    @property
    def different(self) -> int:
        """How many draws differ in what was asked: a chain that stands still repeats its own."""
        columns = [self.theta.column(name) for name, step in self.asked.items() if step]
        return len(np.unique(np.column_stack(columns), axis=0)) if columns else len(self)

    @property
    def mobility(self) -> float:
        """How far chains went at the last power: 0 for rest, 1 for independent draws.

        Mean squared displacement over twice the variance (`Cloud.mobility`); not a number where the
        sampler made no moves.
        """
        return float(self.moves["mobility"].iloc[-1]) if len(self.moves) else float("nan")

    def warnings(self) -> tuple[str, ...]:
        """What a reader should know before believing the draws; empty if nothing."""
        found = []
        if len(self.stages):
            last, least = self.stages.iloc[-1], float(self.stages["effective"].min())
            if last["ancestors"] < 10:
                found.append(
                    f"All draws descend from {int(last['ancestors'])} of the first cloud: "
                    "intervals rest on the moves that followed."
                )
            if least < 0.2 * len(self):
                found.append(f"At one stage only {least:.0f} of {len(self)} draws were effective.")
            if float(last["acceptance"]) < 0.05:
                found.append(
                    f"{float(last['acceptance']):.0%} of the last proposals were accepted: more "
                    "particles are needed."
                )
            if float(last["spread"]) < 0.7:
                found.append(
                    "Draws have shrunk where data say nothing "
                    f"(variance {float(last['spread']):.2f} of the prior's): more sweeps are "
                    "needed."
                )
        poor = [name for name, worth in self.effective.items() if worth < _FEW_DRAWS]
        if poor:
            found.append(
                f"For {len(poor)} parameters the draws are worth fewer than {_FEW_DRAWS:.0f} "
                "independent ones: their intervals are rough."
            )
        if "degenerate" in self.diagnostics and bool(self.diagnostics["degenerate"].any()):
            months = int(self.diagnostics["degenerate"].sum())
            found.append(f"In {months} months fewer than two particles carried the weight.")
        if self.error > 1.0:
            found.append(
                f"The log evidence has a Monte-Carlo error of {self.error:.1f}: do not compare it "
                "with another's."
            )
        return tuple(found)

    # -- Leaving the program

    def to_datatree(self) -> xr.DataTree:
        """The posterior as ArviZ 1 reads it.

        Returns
        -------
        xarray.DataTree
            Groups `posterior` and `prior` (a variable a parameter, dimensions chain, draw),
            `sample_stats` (log_likelihood), `log_likelihood` (figures: chain, draw, stage) and
            `observed_data` (figures: their number, by stage).
        """
        draw = np.arange(len(self))
        groups = {}
        for group, prior in (("posterior", False), ("prior", True)):
            data = {
                name: (("chain", "draw"), self._column(name, prior=prior)[None, :])
                for name in every_name()
            }
            groups[group] = xr.Dataset(data, coords={"chain": [0], "draw": draw})
        stage = self._labels()
        parts = self.log_likelihood[None, :, :]
        groups["sample_stats"] = xr.Dataset(
            {"log_likelihood": (("chain", "draw"), parts.sum(axis=2))},
            coords={"chain": [0], "draw": draw},
        )
        groups["log_likelihood"] = xr.Dataset(
            {"figures": (("chain", "draw", "stage"), parts)},
            coords={"chain": [0], "draw": draw, "stage": stage},
        )
        kinds = [c for c in self.observed.columns if c not in ("stage", "year")]
        count = self.observed[kinds].sum(axis=1) if kinds else pd.Series(np.nan, index=stage)
        counts = np.asarray(count.to_numpy(), dtype=np.float64)[: len(stage)]
        groups["observed_data"] = xr.Dataset(
            {"figures": (("stage",), counts)}, coords={"stage": stage}
        )
        tree = xr.DataTree.from_dict(groups)
        tree.attrs = {
            "case": self.case,
            "log_evidence": self.log_evidence,
            "log_evidence_error": self.error,
            "provenance": json.dumps(dict(self.provenance), sort_keys=True),
        }
        return tree

    def _labels(self) -> NDArray[np.int64]:
        if "year" in self.observed:
            return self.observed["year"].to_numpy(dtype=np.int64)[: self.log_likelihood.shape[1]]
        return np.arange(1, self.log_likelihood.shape[1] + 1)

    def save(self, folder: str | Path) -> Path:
        """Write `posterior.parquet` (draws) and `posterior.json` (all else) into a folder.

        The same posterior gives the same bytes. Returns the folder.
        """
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        drawn = _parquet(self._table())
        document = {
            "form": _FORM,
            "case": self.case,
            "draws": hashlib.sha256(drawn).hexdigest(),
            "log_evidence": self.log_evidence,
            "error": self.error,
            "asked": dict(self.asked),
            "effective": dict(self.effective),
            "ranges": {name: dict(given) for name, given in self.ranges.items()},
            "provenance": dict(self.provenance),
            "tables": {name: _as_json(getattr(self, name)) for name in _TABLES},
        }
        document["seal"] = _seal(document)
        text = json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        _write_whole(place / "posterior.parquet", drawn)
        _write_whole(place / "posterior.json", (text + "\n").encode())
        return place

    def _table(self) -> pd.DataFrame:
        """Draws in single precision; what no data saw is written once, as the prior."""
        columns = {f"prior {name}": self._column(name, prior=True) for name in every_name()}
        asked = [name for name in every_name() if name in self.asked]
        columns |= {f"posterior {name}": self._column(name) for name in asked}
        columns |= {f"stage {place + 1}": part for place, part in enumerate(self.log_likelihood.T)}
        return pd.DataFrame({name: column.astype(np.float32) for name, column in columns.items()})

    @classmethod
    def load(cls, folder: str | Path) -> Posterior:
        """Read what `save` wrote.

        Raises
        ------
        PosteriorError
            If a file is missing, cut short, altered, or of a form that this version cannot read.
        """
        place = Path(folder)
        document = _document(place / "posterior.json")
        table = _draws(place / "posterior.parquet", document["draws"])
        prior = _theta(table, dict.fromkeys(every_name(), "prior"))
        moved = _theta(
            table,
            {name: "posterior" if name in document["asked"] else "prior" for name in every_name()},
        )
        stages = [str(name) for name in table if str(name).startswith("stage ")]
        tables = {name: _from_json(document["tables"][name]) for name in _TABLES}
        return cls(
            case=document["case"],
            draws=moved.draws,
            extra=moved.extra,
            prior=prior.draws,
            prior_extra=prior.extra,
            ranges=document["ranges"],
            asked=document["asked"],
            effective=document["effective"],
            log_likelihood=table[stages].to_numpy(dtype=np.float64).reshape(len(table), -1),
            log_evidence=document["log_evidence"],
            error=document["error"],
            provenance=document["provenance"],
            **tables,
        )


def posterior(case: str = "el-salvador") -> Posterior:
    """The posterior that comes with tregua for an embedded case.

    Parameters
    ----------
    case
        Name of the case.

    Raises
    ------
    PosteriorError
        If none comes with it; the message says how to make one.
    """
    known = sorted(p.name for p in _SHIPPED.iterdir() if p.is_dir()) if _SHIPPED.is_dir() else []
    if case not in known:
        others = f" There is one for {', '.join(known)}." if known else ""
        raise PosteriorError(
            f"No posterior comes with tregua for '{case}'.{others} "
            f"Make one: tregua calibrate {case} --out FOLDER, then infer.Posterior.load(FOLDER)."
        )
    return Posterior.load(_SHIPPED / case)


# -- Overlap -------------------------------------------------------------------------------------

_PINNED = {
    "overlap": float("nan"),
    "error": float("nan"),
    "chance": float("nan"),
    "contraction": float("nan"),
    "effective": 0,
    "words": "pinned",
}


def _key_of(text: str) -> int:
    """A key for the random numbers of a comparison, from its name."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:15], 16)


def _ends(values: Floats) -> Floats:
    return np.asarray(np.quantile(values, (0.05, 0.5, 0.95)))


_NORMAL: dict[str, Callable[[Floats], Floats]] = {
    "positive": lambda values: np.log(np.maximum(values, 1e-300)),
    "share": lambda values: _logit(np.clip(values, 1e-12, 1.0 - 1e-7)),
    "real": lambda values: values,
}


def _logit(values: Floats) -> Floats:
    return np.asarray(np.log(values / (1.0 - values)))


def _to_normal(support: str, values: Floats) -> Floats:
    return _NORMAL[support](values)


def _shares(scores: Floats) -> Floats:
    """Share of the draws in each bin of equal prior probability."""
    bins = np.minimum((ndtr(scores) * _BINS).astype(np.int64), _BINS - 1)
    return np.asarray(np.bincount(bins, minlength=_BINS) / len(scores))


def _shared(scores: Floats, worth: int, generator: np.random.Generator) -> tuple[float, float]:
    """Overlap with the prior, and its bootstrap error for as many draws as they are worth."""
    shares = _shares(scores)
    again = generator.multinomial(worth, shares, size=_RESAMPLES) / worth
    return (
        float(np.minimum(shares, 1.0 / _BINS).sum()),
        float(np.minimum(again, 1.0 / _BINS).sum(axis=1).std()),
    )


def _chance_overlap(n: int, generator: np.random.Generator) -> float:
    """Overlap that a sample of n draws of the prior falls below once in a hundred times."""
    samples = generator.multinomial(n, np.full(_BINS, 1.0 / _BINS), size=_NULL_SAMPLES) / n
    return float(np.quantile(np.minimum(samples, 1.0 / _BINS).sum(axis=1), _FALSE_ALARM))


# -- Rows and files --------------------------------------------------------------------------------


def _join(prior: Theta, values: Mapping[str, Floats]) -> Theta:
    """The prior's rows with some columns replaced: what nobody asked about stays as it was."""
    return prior.with_(**values)


def _single(draws: Draws) -> Draws:
    """Draws as single precision keeps them, equally weighted: what a file gives back."""
    values = draws.values.astype(np.float32).astype(np.float64)
    n = len(values)
    return Draws(values, draws.names, np.ones(n), np.arange(n, dtype=np.int64))


def _single_table(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype(np.float32).astype(np.float64).reset_index(drop=True)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """A table as its file gives it back: six figures, dates as text."""
    return _from_json(_as_json(table))


def _as_json(table: pd.DataFrame) -> list[list[Any]]:
    """Columns in their order, each a name and its values."""
    return [[str(name), [_cell(value) for value in table[name]]] for name in table.columns]


def _cell(value: Any) -> Any:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return None if not np.isfinite(value) else float(f"{float(value):.6g}")
    return str(value).removesuffix(" 00:00:00")


def _from_json(columns: Sequence[Sequence[Any]]) -> pd.DataFrame:
    table = pd.DataFrame({name: pd.Series(values) for name, values in columns})
    for name in table.columns:
        # A column of numbers with gaps comes back as objects.
        if table[name].dtype == object and table[name].map(_is_number).all():
            table[name] = table[name].astype(np.float64)
    return table


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _counted(names: Sequence[str], effective: Floats) -> dict[str, float]:
    return {name: round(float(count), 1) for name, count in zip(names, effective, strict=True)}


def _parquet(table: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    plain = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(
        plain,
        stream,
        compression="zstd",
        use_dictionary=False,
        write_statistics=False,
        use_byte_stream_split=True,
    )
    return stream.getvalue()


def _write_whole(path: Path, data: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_bytes(data)
    unfinished.replace(path)


def _seal(document: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in document.items() if key != "seal"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise PosteriorError(f"{file} cannot be read: {error.strerror}.") from None


def _document(file: Path) -> dict[str, Any]:
    text = _bytes_of(file)
    try:
        document = json.loads(text)
        form, sealed = document["form"], document["seal"]
    except (ValueError, KeyError, TypeError):
        raise PosteriorError(f"{file} is no whole posterior: it is cut short or altered.") from None
    if form != _FORM:
        raise PosteriorError(f"{file} is of form {form}; this version reads form {_FORM}.")
    if sealed != _seal(document):
        raise PosteriorError(f"{file} has been altered: its seal does not fit what it says.")
    return dict(document)


def _draws(file: Path, digest: str) -> pd.DataFrame:
    data = _bytes_of(file)
    if hashlib.sha256(data).hexdigest() != digest:
        raise PosteriorError(
            f"{file} is cut short, altered, or belongs to another posterior.json: its digest does "
            "not fit."
        )
    return pd.DataFrame(pq.read_table(io.BytesIO(data)).to_pandas())


def _theta(table: pd.DataFrame, sides: Mapping[str, str]) -> Theta:
    """Rows of all parameters, each from the side named; refuse other versions' parameters."""
    wanted = {name: f"{side} {name}" for name, side in sides.items()}
    missing = [name for name, column in wanted.items() if column not in table]
    if missing:
        raise PosteriorError(
            f"The saved draws lack {', '.join(missing)}: they were made by another version."
        )
    columns = {
        name: np.asarray(table[column].to_numpy(), dtype=np.float64)
        for name, column in wanted.items()
    }
    game = tuple(parameter.name for parameter in PARAMETERS)
    n = len(table)
    draws = Draws(
        np.stack([columns[name] for name in game], axis=1),
        game,
        np.ones(n),
        np.arange(n, dtype=np.int64),
    )
    extra = {name: column for name, column in columns.items() if name not in game}
    return Theta(draws, pd.DataFrame(extra))
