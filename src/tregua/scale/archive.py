"""A sweep's results on disk: labelled arrays, chunk by chunk, each with its hash.

An archive is a folder:

    manifest.json        what the sweep is, what computed it, and the digest of both
    worlds.zarr/         the arrays, a Zarr 3 group that xarray opens; what is missing reads as NaN
    receipts/            one file a finished shard: SHA-256 and size of each of its chunks
    tables/              summaries, written when every shard is finished (Parquet)

A file is written under another name, forced to the disk, and moved to its place; a receipt is
written after the chunks that it vouches for. A run that is killed therefore leaves finished shards
and nothing else, and what is lost with the machine's power fails its hash and is computed again.
Nothing in an archive tells when or where it was made, so that two runs of one sweep give the same
bytes, whoever computed them.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tregua import __version__
from tregua.scale.harm import entry_of
from tregua.scale.shards import (
    COMPRESSION,
    KEYS,
    STORE,
    ShardResult,
    chunk_path,
    chunk_shape,
    decode,
    key_path,
)
from tregua.scale.sources import FromDraws
from tregua.scale.sweep import Shard, Sweep, SweepError, installed
from tregua.simulate import GANGS

__all__ = ["Archive", "ArchiveError", "Damage", "refuse_full_disk", "write_whole"]

FORM = 1
MANIFEST, RECEIPTS, TABLES, LOCK = "manifest.json", "receipts", "tables", ".lock"
_RECEIPTS_A_FOLDER = 1000
_UNFINISHED = ".part-"
_DIGITS = 12  # of a digest, in a message
_FULL = (errno.ENOSPC, errno.EDQUOT)


class ArchiveError(SweepError):
    """A folder that cannot serve as the archive of this sweep; the message says what to do."""


@dataclass(frozen=True)
class Damage:
    """A shard that was finished and is no longer as it was written.

    Attributes
    ----------
    shard
        The shard, which is to be computed again.
    files
        What is wrong, file by file.
    """

    shard: Shard
    files: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.shard.name}: {'; '.join(self.files)}"


@dataclass(frozen=True)
class Archive:
    """The folder of one sweep.

    Attributes
    ----------
    folder
        The folder.
    sweep
        The sweep whose results it holds.
    """

    folder: Path
    sweep: Sweep

    # -- Opening ---------------------------------------------------------------------------------

    @classmethod
    def open(cls, folder: str | Path, sweep: Sweep, *, resume: bool = False) -> Archive:
        """The archive of a sweep: a new one, or with `resume` one that was begun.

        Parameters
        ----------
        folder
            A folder that is empty or does not exist; with `resume`, also one that holds this sweep.
        sweep
            The sweep.
        resume
            Whether to go on with what is there.

        Raises
        ------
        ArchiveError
            If the folder holds another run (the message names what differs), this run without
            `resume`, or anything else. Nothing is changed then.
        """
        archive = cls(Path(folder), sweep)
        archive.check_folder(resume=resume)
        archive._prepare()
        return archive

    def check_folder(self, *, resume: bool = False) -> None:
        """Refuse a folder that `open` would refuse; nothing is written.

        Parameters
        ----------
        resume
            Whether to go on with what is there.

        Raises
        ------
        ArchiveError
            As `open`.
        """
        found = self._manifest()
        if found is None:
            self._refuse_strangers()
            return
        self._refuse_other(found)
        if not resume:
            raise ArchiveError(
                f"{self.folder} holds this very run, {self.finished_count():,} of "
                f"{len(self.sweep):,} shards finished. Go on with --resume (resume=True), or "
                "choose another folder."
            )

    @classmethod
    def existing(cls, folder: str | Path, sweep: Sweep) -> Archive:
        """The archive of a sweep that was begun; nothing is written.

        Raises
        ------
        ArchiveError
            If the folder does not hold this sweep.
        """
        archive = cls(Path(folder), sweep)
        found = archive._manifest()
        if found is None:
            raise ArchiveError(f"{folder} holds no archive.")
        archive._refuse_other(found)
        return archive

    def _manifest(self) -> dict[str, Any] | None:
        path = self.folder / MANIFEST
        if self.folder.exists() and not self.folder.is_dir():
            raise ArchiveError(f"{self.folder} is a file; an archive is a folder.")
        if not path.exists():
            return None
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            return dict(read) if read["digest"] and read["sweep"] else None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArchiveError(
                f"{path} cannot be read ({error}); this is no archive, or it was altered."
            ) from None

    def _refuse_strangers(self) -> None:
        """Refuse a folder with something in it that is no archive."""
        if not self.folder.is_dir():
            return
        others = [file.name for file in self.folder.iterdir() if not _ours_unfinished(file.name)]
        if others:
            raise ArchiveError(
                f"{self.folder} is not empty and holds no archive ({', '.join(sorted(others)[:3])}"
                f"{', ...' if len(others) > 3 else ''}). Choose another folder."
            )

    def _refuse_other(self, found: dict[str, Any]) -> None:
        if found["digest"] == self.sweep.digest:
            return
        wanted = self.manifest()
        differs = [
            _difference(name, found.get(part, {}).get(name), value)
            for part in ("sweep", "installed")
            for name, value in wanted[part].items()
            if found.get(part, {}).get(name) != value
        ]
        raise ArchiveError(
            f"{self.folder} holds another run: {'; '.join(differs) or 'its description differs'}. "
            "Nothing was changed. Choose another folder, or give the same options."
        )

    def manifest(self) -> dict[str, Any]:
        """What the archive's manifest says."""
        return {
            "form": FORM,
            "digest": self.sweep.digest,
            "shards": len(self.sweep),
            "sweep": self.sweep.described(),
            "installed": installed(),
            "version": __version__,
        }

    def _prepare(self) -> None:
        """Make what is missing of the folder; the same again changes nothing."""
        with self.told_when_full():
            (self.folder / RECEIPTS).mkdir(parents=True, exist_ok=True)
            if not (self.folder / MANIFEST).exists():
                write_whole(self.folder / MANIFEST, _as_json(self.manifest()))
            wanted = self._store_files()
            for path, data in wanted.items():
                file = self.folder / path
                if not file.is_file() or file.read_bytes() != data:
                    write_whole(file, data)

    def _store_files(self) -> dict[str, bytes]:
        """Description and labels of the store, as Zarr writes them, by path."""
        with tempfile.TemporaryDirectory() as room:
            _describe_store(Path(room) / STORE, self.sweep)
            files = sorted(file for file in Path(room).rglob("*") if file.is_file())
            return {file.relative_to(room).as_posix(): file.read_bytes() for file in files}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second run out of the folder; a run that is killed lets go of it."""
        try:
            import fcntl
        except ImportError:  # a system without locks of this kind
            yield
            return
        with self.told_when_full():
            opened = (self.folder / LOCK).open("a")
        with opened as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ArchiveError(f"Another run is writing into {self.folder}.") from None
            yield

    # -- Shards ----------------------------------------------------------------------------------

    def write(self, result: ShardResult) -> None:
        """Keep a finished shard: its chunks, then the receipt that vouches for them.

        Raises
        ------
        ArchiveError
            If the result belongs to another sweep or was altered on its way, or the disk is full;
            all shards that were finished before stay so.
        """
        shard = self.sweep.shard(result.number)
        if result.digest != self.sweep.digest:
            raise ArchiveError(
                f"The result of {shard.name} belongs to another sweep, or other code computed it."
            )
        receipt: dict[str, Any] = {"shard": result.number, "sweep": result.digest, "files": {}}
        for path, data in sorted(result.files.items()):
            if hashlib.sha256(data).hexdigest() != result.hashes.get(path):
                raise ArchiveError(f"The result of {shard.name} was altered on its way: {path}.")
            receipt["files"][path] = {"sha256": result.hashes[path], "bytes": len(data)}
        with self.told_when_full():
            for path, data in sorted(result.files.items()):
                write_whole(self.folder / path, data)
            write_whole(self.folder / self.receipt_path(shard.number), _as_json(receipt))

    @contextmanager
    def told_when_full(self) -> Iterator[None]:
        """Within this context, a file that cannot be written is an `ArchiveError` with advice."""
        try:
            yield
        except OSError as error:
            finished = self.finished_count()
            kept = (
                f"{finished:,} of {len(self.sweep):,} shards are finished, and none of them is lost"
            )
            if error.errno not in _FULL:
                more = f" {kept}; call again with --resume (resume=True)." if finished else ""
                raise ArchiveError(f"{self.folder} cannot be written: {error}.{more}") from error
            raise ArchiveError(
                f"The disk that holds {self.folder} is full: {kept}. Make room, then call again "
                "with --resume (resume=True)."
            ) from error

    def receipt_path(self, number: int) -> str:
        """Where the receipt of a shard lies."""
        return f"{RECEIPTS}/{number // _RECEIPTS_A_FOLDER:04d}/{number:07d}.json"

    def is_finished(self, number: int) -> bool:
        """Whether a shard has its receipt; `verify` tells whether what it vouches for is there."""
        return (self.folder / self.receipt_path(number)).is_file()

    def finished_count(self) -> int:
        """Number of shards with a receipt."""
        return sum(1 for _ in (self.folder / RECEIPTS).glob("*/*.json"))

    def unfinished(self) -> list[int]:
        """Shards without a receipt."""
        return [number for number in range(len(self.sweep)) if not self.is_finished(number)]

    # -- Verifying -------------------------------------------------------------------------------

    def verify(self) -> list[Damage]:
        """Finished shards whose bytes are not those that were written, all hashes computed anew.

        Returns
        -------
        list of Damage
            Empty if everything that is finished is whole.
        """
        finished = (number for number in range(len(self.sweep)) if self.is_finished(number))
        damaged = ((number, self.problems(number)) for number in finished)
        return [
            Damage(self.sweep.shard(number), tuple(problems))
            for number, problems in damaged
            if problems
        ]

    def problems(self, number: int) -> list[str]:
        """What is wrong with the files of a finished shard."""
        try:
            receipt = json.loads((self.folder / self.receipt_path(number)).read_bytes())
            files = {str(path): (f["sha256"], f["bytes"]) for path, f in receipt["files"].items()}
            whole = receipt["shard"] == number and receipt["sweep"] == self.sweep.digest
        except (OSError, ValueError, KeyError, TypeError):
            return ["its receipt cannot be read"]
        if not whole or set(files) != self._expected(number):
            return ["its receipt is of another shard or sweep"]
        found = [_problem(self.folder / path, path, *told) for path, told in files.items()]
        return [problem for problem in found if problem]

    def _expected(self, number: int) -> set[str]:
        shard = self.sweep.shard(number)
        paths = {chunk_path(variable, shard) for variable in self.sweep.variables}
        if isinstance(self.sweep.source, FromDraws) and shard.group == 0:
            paths |= {key_path(name, shard.block) for name in KEYS}
        return paths

    def discard(self, number: int) -> None:
        """Withdraw the receipt of a shard, so that it counts as unfinished."""
        (self.folder / self.receipt_path(number)).unlink(missing_ok=True)

    # -- Reading ---------------------------------------------------------------------------------

    @property
    def store(self) -> Path:
        """The Zarr group, for `xarray.open_zarr`."""
        return self.folder / STORE

    def read(self, variable: str, block: int, group: int | None = None) -> NDArray[np.float32]:
        """One variable of one block of worlds under all strategies, or under those of a group.

        Parameters
        ----------
        variable
            A variable of the sweep.
        block
            Block of worlds, from 0; its shards must be finished.
        group
            Group of strategies, from 0; None reads all.

        Returns
        -------
        numpy.ndarray
            float32[strategies, worlds, periods], or [strategies, worlds, periods, gangs].
        """
        sweep = self.sweep
        parts = []
        for each in range(sweep.groups) if group is None else (group,):
            shard = sweep.shard(block * sweep.groups + each)
            data = (self.folder / chunk_path(variable, shard)).read_bytes()
            chunk = decode(data, "<f4", chunk_shape(sweep, variable))
            parts.append(chunk[: len(shard.strategies), : shard.last - shard.first])
        return np.concatenate(parts)

    def weights(self, block: int) -> NDArray[np.float64]:
        """Weights of the worlds of a block: 1 unless they come from weighted draws."""
        shard = self.sweep.shard(block * self.sweep.groups)
        count = shard.last - shard.first
        if not isinstance(self.sweep.source, FromDraws):
            return np.ones(count)
        data = (self.folder / key_path("weight", block)).read_bytes()
        return np.asarray(decode(data, "<f8", (self.sweep.block_size,))[:count], dtype=np.float64)

    def size(self) -> int:
        """Bytes of all files of the archive."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, and forced to the disk.

    Parameters
    ----------
    path
        Where it shall lie; its folder is made if need be. An older file is replaced.
    data
        What it holds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}{_UNFINISHED}{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def refuse_full_disk(needed: float, folder: Path) -> None:
    """Refuse a run before it begins if the disk is too small for it.

    Parameters
    ----------
    needed
        Bytes that it will write.
    folder
        Where; it need not exist yet.

    Raises
    ------
    ArchiveError
        If fewer bytes are free.
    """
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if needed > free:
        raise ArchiveError(
            f"This run will write about {needed / 1e9:,.1f} GB, and the disk that holds {folder} "
            f"has {free / 1e9:,.1f} GB free. Keep fewer variables (--keep), longer periods "
            "(--every year) or fewer worlds."
        )


def sweep_out(folder: Path) -> None:
    """Remove what a killed run left half written."""
    for file in folder.rglob(f"*{_UNFINISHED}*"):
        if file.is_dir():
            shutil.rmtree(file, ignore_errors=True)
        else:
            file.unlink(missing_ok=True)


def _ours_unfinished(name: str) -> bool:
    """Whether a file is what a run leaves that was killed before its manifest was written."""
    return name in (RECEIPTS, LOCK) or name.startswith(f"{MANIFEST}{_UNFINISHED}")


def _problem(file: Path, path: str, sha256: str, size: int) -> str | None:
    if not file.is_file():
        return f"{path} is missing"
    if file.stat().st_size != size:
        return f"{path} has {file.stat().st_size:,} bytes, not {size:,}"
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
    return None if found == sha256 else f"{path} was altered"


def _as_json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def _difference(name: str, there: Any, here: Any) -> str:
    if _short(there) == _short(here):
        return f"{name} {_short(here)} of the same name, but not the same"
    return f"{name} there {_short(there)}, here {_short(here)}"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(v.get("name", v)) if isinstance(v, dict) else str(v) for v in value)
    if isinstance(value, dict):
        return ", ".join(f"{k} {_short(v)}" for k, v in value.items() if not isinstance(v, dict))
    told = str(value)
    return told[:_DIGITS] if len(told) == 64 and set(told) <= set("0123456789abcdef") else told


# -- The store ----------------------------------------------------------------------------------


def _describe_store(path: Path, sweep: Sweep) -> None:
    """Write the description of all arrays, and the labels, without a single result."""
    import zarr
    from zarr.codecs import ZstdCodec

    about = {"sweep": sweep.digest, "tregua": __version__, "synthetic": "simulated worlds"}
    root = zarr.create_group(path, zarr_format=3, attributes=about)
    codec = ZstdCodec(level=int(COMPRESSION["level"]), checksum=bool(COMPRESSION["checksum"]))
    for variable in sweep.variables:
        entry, chunk = entry_of(variable), chunk_shape(sweep, variable)
        dimensions = ["strategy", "world", sweep.every]
        shape: tuple[int, ...] = (len(sweep.strategies), sweep.worlds, sweep.periods)
        if variable in GANGS:
            dimensions, shape = [*dimensions, "gang"], (*shape, len(sweep.gang_names))
        root.create_array(
            variable,
            shape=shape,
            chunks=chunk,
            dtype="float32",
            fill_value=float("nan"),
            compressors=codec,
            dimension_names=dimensions,
            attributes={"unit": entry.unit, "meaning": entry.meaning, "kind": entry.kind},
        )
    if isinstance(sweep.source, FromDraws):
        for name, dtype, fill in zip(KEYS, ("int64", "float64"), (-1, 0.0), strict=True):
            root.create_array(
                name,
                shape=(sweep.worlds,),
                chunks=(sweep.block_size,),
                dtype=dtype,
                fill_value=fill,
                compressors=codec,
                dimension_names=["world"],
            )
    _label(root, sweep)
    with (
        warnings.catch_warnings()
    ):  # all descriptions in one file too: opened at once, not one by one
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(path, zarr_format=3)


def _label(root: Any, sweep: Sweep) -> None:
    """Write the labels of strategies, periods and gangs."""
    days = sweep.period_starts.to_numpy().astype("datetime64[D]").astype(np.int64)
    calendar = {"units": "days since 1970-01-01", "calendar": "proleptic_gregorian"}
    dated = root.create_array(
        sweep.every,
        shape=days.shape,
        chunks=days.shape,
        dtype="int64",
        dimension_names=[sweep.every],
        attributes=calendar,
    )
    dated[:] = days
    for name, labels in (("strategy", sweep.names), ("gang", sweep.gang_names)):
        if name == "gang" and not any(variable in GANGS for variable in sweep.variables):
            continue
        named = root.create_array(
            name,
            shape=(len(labels),),
            chunks=(len(labels),),
            dtype="str",
            dimension_names=[name],
        )
        named[:] = np.array(labels, dtype=object)
