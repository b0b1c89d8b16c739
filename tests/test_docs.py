"""What the docs say can be typed, opened, clicked and found."""

from __future__ import annotations

import importlib.util
import re
import shlex
from itertools import chain
from pathlib import Path

import pytest
from docs_pages import ROOT, Page, pages, shell_commands
from fakes import models, reviews
from typer.main import get_command
from typer.testing import CliRunner

from benchmarks.__main__ import benchmarks
from benchmarks.lib.record import RESULTS
from benchmarks.pages import readme_table
from localcluster.backends import hf
from localcluster.cli import app
from localcluster.cli.run import number_of_clusters
from localcluster.config import RunConfig
from localcluster.errors import ConfigError
from localcluster.registry import read_manifest

PAGES = pages()
BENCHMARKS = {name for _, name, _ in benchmarks()}
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
#: Places whose mention in the docs has to be right.
_OURS = re.compile(r"(?:localcluster|tests|scripts|benchmarks|models|docs|examples)(?:/[\w.-]+)+/?")
_TEST_NAME = re.compile(r"(?:[\w/.]+::)?(test_\w+)")


def load_script(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def leaves(command, names=()):
    """Every command with its name, groups opened."""
    if not hasattr(command, "commands"):
        yield " ".join(names), command
        return
    for name, inner in command.commands.items():
        yield from leaves(inner, (*names, name))


@pytest.fixture
def typed(capsys):
    """Parses a command line with the program's own parser, and runs nothing."""
    program = get_command(app)
    taken: dict[str, object] = {}
    for name, command in leaves(program):
        command.callback = lambda _name=name, **given: taken.update(given, command=_name)

    def parse(arguments):
        taken.clear()
        with pytest.raises(SystemExit) as ended:
            program.main(args=[re.sub(r"\$\w+", "1", word) for word in arguments], prog_name="localcluster")
        return ended.value.code, " ".join(capsys.readouterr().err.split()), dict(taken)

    return parse


def check_settings(given):
    """Values that the parser lets pass and the run would refuse."""
    if given.get("command") == "run":
        kept = {name: value for name, value in given.items() if name in RunConfig.model_fields}
        kept["by"] = tuple(given["by"])
        kept["k"] = tuple(number_of_clusters(value) for value in given["k"] or ["auto"])
        RunConfig.checked(**kept)
    if given.get("command") == "models install":
        manifest = read_manifest()
        for name in given["names"]:
            assert manifest.get(name) or name in manifest.groups or name.isupper(), name


@each_page
def test_every_command_in_a_block_can_be_typed(page: Page, typed):
    for arguments in page.commands():
        code, said, given = typed(arguments)
        assert code == 0, f"localcluster {shlex.join(arguments)}: {said}"
        check_settings(given)


@each_page
def test_every_command_in_a_sentence_exists_with_its_options(page: Page, typed):
    for code in page.code():
        if not code.startswith("localcluster ") or "[" in code:
            continue
        for command in shell_commands(code):
            ended, said, _ = typed(command[1:])
            # A sentence may leave out what everybody has to add; a group by itself shows its help.
            fine = ended == 0 or re.search(r"Missing (argument|option)", said) or command[1:] == ["models"]
            assert fine, f"{code}: {said}"


def test_a_wrong_option_would_be_noticed(typed):
    code, said, _ = typed(["run", "a.csv", "--by", "topic", "--bye", "topic"])
    assert code == 2
    assert "--bye" in said
    assert typed(["explode", "a.csv"])[0] == 2
    with pytest.raises(ConfigError, match="-k"):
        check_settings(typed(["run", "a.csv", "--by", "topic", "-k", "many"])[2])


def test_quoted_help_is_the_real_one():
    script = load_script("help_in_docs")
    for page in PAGES:
        assert script.refresh(page.text) == page.text, f"{page.name}: type python scripts/help_in_docs.py"
    quoted = "\n".join(text for _, text in Page(script.PAGE).fences())
    for name, _ in leaves(get_command(app)):
        assert f"$ localcluster {name} --help\n" in quoted, f"{script.PAGE.name} leaves out {name}"
    assert script.refresh("```\n$ localcluster report --help\nold\n```\n") != "```\nold\n```\n"


@each_page
def test_links_and_anchors_resolve(page: Page):
    for target in page.links():
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        path = (page.path.parent / place).resolve() if place else page.path
        assert path.exists(), f"{page.name}: {target}"
        assert path.is_relative_to(ROOT), f"{page.name}: {target} leads out of the project"
        if anchor and path.suffix == ".md":
            assert anchor in Page(path).anchors(), f"{page.name}: {target}"


@each_page
def test_files_scripts_and_targets_that_are_named_exist(page: Page):
    for code in page.code():
        if _OURS.fullmatch(code):
            assert (ROOT / code).exists(), f"{page.name} names {code}"
    for script in re.findall(r"\bpython3? ((?:benchmarks|scripts)/[\w/]+\.py)\b", page.text):
        assert (ROOT / script).is_file(), f"{page.name} names {script}"
    for name in re.findall(r"\bpython3? -m benchmarks ([a-z]\w+)", page.text):
        assert name in BENCHMARKS, f"{page.name} names python -m benchmarks {name}"
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for _, text in page.fences():
        for target in re.findall(r"^make ([a-z-]+)", text, re.MULTILINE):
            assert target in targets, f"{page.name} names make {target}"


@each_page
def test_lines_are_at_most_100_characters(page: Page):
    if page.name.startswith(("README", "CONTRIBUTING", "docs/", "benchmarks/README")):
        # Markdown wants a row of a table, and a picture with its description, on one line.
        lines = [line for line in page.text.splitlines() if not line.startswith(("|", "!["))]
        assert [line for line in lines if len(line) > 100] == []


def test_the_users_pages_are_no_index_of_tests():
    users = [page for page in PAGES if page.name.startswith(("README", "docs/"))]
    told = [(page.name, code) for page in users for code in page.code()]
    assert [pair for pair in told if _TEST_NAME.fullmatch(pair[1])] == []


def test_the_table_of_results_is_that_of_the_stored_figures():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    whole, messy = (readme_table.read(RESULTS / f"{name}_table.json") for name in ("default", "messy"))
    made = readme_table.replaced(page, readme_table.table(whole, messy))
    assert made == page, "type python -m benchmarks readme_table"


def test_tests_that_are_named_exist():
    there = set(
        chain.from_iterable(
            re.findall(r"^ *def (test_\w+)", path.read_text(), re.MULTILINE)
            for path in (ROOT / "tests").rglob("test_*.py")
        )
    )
    named = {
        (page.name, found[1])
        for page in PAGES
        for code in page.code()
        if (found := _TEST_NAME.fullmatch(code))
    }
    assert len(named) > 50
    assert {(page, name) for page, name in named if name not in there} == set()


@pytest.mark.slow
def test_python_on_every_page_but_its_own_runs(monkeypatch, use_models):
    # tests/test_python_page.py runs the blocks of docs/python.md, which belong together.
    use_models(models)
    monkeypatch.setattr(hf, "HFModel", lambda *_, **__: models().llm)
    blocks = [
        (page.name, text)
        for page in PAGES
        for language, text in page.fences()
        if language == "python" and page.name != "docs/python.md"
    ]
    assert blocks
    for name, block in blocks:
        # What such a block takes as given.
        names = {"texts": reviews(60)[0], "new_texts": reviews(4, seed=1)[0]}
        exec(compile(block, name, "exec"), names)  # noqa: S102 our own page


@pytest.mark.slow
def test_the_quickstart_does_what_it_says(tmp_path: Path, monkeypatch, use_models):
    use_models(models)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    commands = Page(ROOT / "docs" / "quickstart.md").commands()
    ours = [command for command in commands if command[0] not in ("models", "doctor")]
    assert [command[0] for command in ours] == ["run", "explain", "answers", "answers", "predict", "report"]
    for command in ours:
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, f"localcluster {shlex.join(command)}: {done.output}"
    for name in ("report.html", "clusters.csv", "run.json"):
        assert (tmp_path / "tickets-clusters" / name).is_file()
    assert (tmp_path / "again.csv").is_file() and (tmp_path / "report-for-my-boss.html").is_file()
