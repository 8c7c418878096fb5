"""Is everything that is wrong with a command told at once, before any work begins?"""

import socket
import time

import pytest
from click.testing import CliRunner
from tests._sweep import HOLD, PRESS, sweep

from tregua import infer, model, scale, simulate
from tregua.cli import main
from tregua.cli.problems import OptionsError, Problems


@pytest.fixture(autouse=True)
def no_work(monkeypatch):
    """Drawing, simulating and measuring are failures here."""

    def worked(*_, **__):
        raise AssertionError("work began")

    for place, name in (
        (model, "prior_draws"),
        (simulate, "run"),
        (infer, "plausible_draws"),
        (scale, "measured_cost"),
        (scale, "run_sweep"),
    ):
        monkeypatch.setattr(place, name, worked)


def refused(*typed, code=1):
    """One message, no traceback, nothing on standard output."""
    told = CliRunner().invoke(main, [str(each) for each in typed])
    assert told.exit_code == code, told.output
    assert isinstance(told.exception, SystemExit) and "Traceback" not in told.output
    assert told.stdout == ""
    return " ".join(told.stderr.split())


ALL_WRONG = {
    "sweep": (
        [
            *("--strategies", "statusquo,mano_duro", "--gangs", "tit_for_tot", "--from", "1999-13"),
            *("--keep", "kiled", "--mechanism", "frinch", "--scheduler", "thread"),
            *("--posterior", "nowhere", "--worlds-from", "prior", "--out", "out"),
        ],
        [
            "'status_quo'?",
            "'mano_dura'?",
            "'tit_for_tat'?",
            "not '1999-13'",
            "'killed'?",
            "'fringe'?",
            "No scheduler 'thread'",
            "--worlds-from prior uses none",
        ],
    ),
    "plan": (
        ["--strategies", "statusquo", "--from", "2012", "--keep", "killed,killed"],
        ["'status_quo'?", "not '2012'", "named once each: killed, killed"],
    ),
    "explore": (
        [
            *("--strategies", "reform,secret_pct", "--uncertain", "leak=nan:1"),
            *("--uncertain", "return_share=3:1", "--uncertain", "command_ceiling=a:b"),
            *("--outcome", "kiled", "--from", "2019-6", "--timeline", "plan=2019-06:secret"),
            *("--posterior", "nowhere"),
        ],
        [
            "'secret_pact'?",
            "leak: give both ends",
            "3 to 1 holds nothing",
            "command_ceiling=a:b: give",
            "'killed'?",
            "--from 2019-6: give",
            "'secret_pact'",
            "nowhere holds no posterior",
        ],
    ),
    "search": (
        [
            *("--outcomes", "kiled,detained", "--gangs", "tit", "--mechanism", "frinch"),
            *("--timeline", "plan=2019-06:secret", "--from", "2019-6", "--posterior", "nowhere"),
        ],
        [
            "'killed'?",
            "No reply of gangs named 'tit'",
            "'fringe'?",
            "--from 2019-6: give a month",
            "did you mean 'secret_pact'?",
            "nowhere holds no posterior",
        ],
    ),
    "finding core-claim": (
        ["--years", "1,x", "--against", "reformm", "--from", "2019-13", "--posterior", "nowhere"],
        ["--years 1,x", "'reform'?", "--from 2019-13: give a month", "nowhere holds no posterior"],
    ),
    "game": (
        ["--from", "2012-13", "--exploit", "secretpact/tit"],
        ["--from 2012-13: give a month", "'secret_pact'?", "No reply of gangs named 'tit'"],
    ),
}


@pytest.mark.parametrize("command", ALL_WRONG)
def test_everything_that_is_wrong_is_told_at_once(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    typed, expected = ALL_WRONG[command]
    told = refused(*command.split(), *typed)
    assert [each for each in expected if each not in told] == []
    assert "things are wrong; nothing was run:" in told
    assert told.count("Known: status_quo") <= 1  # the names to choose from, once
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("typed", "told", "code"),
    [
        (["sweep", "--worlds", "0", "--out", "out"], "'0' is no whole number from 1", 2),
        (["sweep", "--worlds", "nan", "--out", "out"], "'nan' is no whole number", 2),
        (["sweep", "--price", "nan", "--out", "out"], "nan is no finite number", 2),
        (["sweep"], "Say where results go: --out DIR", 2),
        (["sweep", "--strategies", "", "--out", "out"], "No strategy named ''", 1),
        (["plan", "--price", "inf"], "inf is no finite number", 2),
        (["plan", "--years", "0"], "0 is not in the range", 2),
        (["explore", "--density", "nan"], "nan is no finite number", 2),
        (["explore", "--worlds", "1"], "1 is not in the range 50<=x", 2),
        (["explore", "--uncertain", "leak=nan:1"], "as finite numbers", 1),
        (["explore", "--uncertain", "leak=0.2:inf"], "as finite numbers", 1),
        (["explore", "--outcome", "killed:nan"], "threshold must be a finite number", 1),
        (["explore", "--design", "sobol", "--worlds", "100"], "powers of two: 64 or 128", 1),
        (["explore", "--design", "given", "--uncertain", "fringe"], "have no switch", 1),
        (["explore", "--strategies", "reform,reform"], "'reform' is declared 2 times", 1),
        (["explore", "--strategies", "reform"], "at least two levers", 1),
        (["explore", "--from", "2002-01"], "the worlds begin in 2003-01", 1),
        (["search", "--outcomes", "killed"], "two or more different outcomes", 1),
        (["search", "--horizon", "0y"], "ends before it begins", 1),
        (["finding", "core-claim", "--against", "secret_pact"], "not secret_pact itself", 1),
        (["finding", "core-claim", "--years", "0"], "years from 1 to 50, each once", 1),
        (["finding", "core-claim", "--years", "1,1"], "--years 1,1: give whole years", 1),
        (["finding", "core-claim", "--out", "map.pdf"], "ends in .svg or .png", 1),
        (["game", "--stage", "--exploit", "reform"], "two questions", 2),
        (["game", "--exploit", "secretpact"], "Did you mean 'secret_pact'?", 1),
    ],
)
def test_one_thing_that_is_wrong_is_one_sentence(typed, told, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = refused(*typed, code=code)
    assert told in found and "things are wrong" not in found
    assert not any(tmp_path.iterdir())


def test_timelines_that_contradict_each_other_are_refused():
    twice = refused("explore", "--timeline", "plan=2019-06:secret_pact,2019-06:reform")
    assert "plan" in twice and "2019-06" in twice
    late = refused("search", "--timeline", "plan=2020-01:secret_pact")
    assert "says nothing of 2019-06" in late


def test_very_many_strategies_are_no_flood_of_words(tmp_path):
    names = ",".join(f"strategy{number}" for number in range(5000))
    for command in (["sweep", "--out", tmp_path / "out"], ["explore"]):
        told = refused(*command, "--strategies", names)
        assert "5,000 things are wrong" in told and "and 4,980 more" in told
        assert len(told) < 4000
    same = refused("sweep", "--out", tmp_path / "out", "--strategies", "reform," * 4999 + "reform")
    assert "and 4,990 more, of which reform more than once" in same and len(same) < 1000


def test_a_million_strategies_make_a_sweep_of_many_groups():
    """Names are checked, groups counted, and nothing is computed."""
    begun = time.process_time()
    plans = model.Timeline.of([("2003-03", "reform")], name="plan").phases
    many = tuple(model.Timeline(plans, f"plan{number}") for number in range(20_000))
    one = sweep(strategies=many)
    assert len(one) == one.blocks * 20_000 // 16 and one.group_size == 16
    with pytest.raises(scale.SweepError, match=r"and 19,991 more, of which plan0 more than once"):
        sweep(strategies=(*many, many[0]))
    assert time.process_time() - begun < 60


def test_a_scheduler_that_does_not_answer_is_told_before_a_large_run_is_estimated(tmp_path):
    pytest.importorskip("distributed")
    with socket.socket() as nobody:  # a port at which nobody listens
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    out = tmp_path / "out"
    told = refused(
        "sweep", "--worlds", "1e6", "--out", out, "--scheduler", f"tcp://127.0.0.1:{port}"
    )
    assert f"No scheduler answers at tcp://127.0.0.1:{port} within" in told
    assert not out.exists()


def test_a_folder_that_does_not_serve_is_told_before_a_large_run_is_estimated(tmp_path):
    (tmp_path / "letter.txt").write_text("keep me")
    told = refused("sweep", "--worlds", "1e6", "--out", tmp_path, "--scheduler", "thread")
    assert "holds no archive (letter.txt)" in told and "No scheduler 'thread'" in told


def test_a_sweep_in_python_tells_everything_too():
    with pytest.raises(scale.SweepError) as refused_sweep:
        sweep(years=float("nan"), seed=-1, every="weeks", worlds_a_shard=2.5, mechanisms=("x",))
    assert len(refused_sweep.value.problems) == 5
    assert str(refused_sweep.value).startswith("This sweep cannot be run:\n- A run lasts")
    late = model.Timeline.of([("2003-06", "reform")], name="late")
    with pytest.raises(scale.SweepError, match=r"'late' says nothing of 2003-03; it must cover"):
        sweep(strategies=(HOLD, PRESS, late))


def test_problems_are_told_once_each_and_only_if_there_are_any():
    def fail(text):
        raise ValueError(text)

    problems = Problems()
    problems.refuse()
    assert not problems
    for text in ("one. Known: a, b.", "two. Known: a, b.", "one. Known: a, b."):
        assert problems.tried(lambda text=text: fail(text), 7) == 7
    with pytest.raises(OptionsError) as found:
        problems.refuse()
    assert found.value.problems == ("one. Known: a, b.", "two. Known: a, b.")
    expected = "2 things are wrong; nothing was run:\n- one. Known: a, b.\n- two."
    assert str(found.value) == expected
