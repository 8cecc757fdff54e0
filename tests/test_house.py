"""The house stands as it was drawn: imports go down, rooms are small, nothing is thrown in a drawer."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "downmass"
MODULES = sorted(SRC.rglob("*.py"))
DRAWERS = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc", "shared", "base_utils"}
FLOORS = ("interfaces", "operations", "answers", "stores", "disciplines", "facts", "base")

LINES_OF_A_FILE = 500
LINES_OF_A_FUNCTION = 60
LINES_OF_AN_INIT = 40


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def named(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def tracked() -> list[Path]:
    """Files under version control, or every file of the tree where there is no git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.decode().split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts]


def test_the_import_contracts_are_kept() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "0 broken" in ran.stdout


def test_no_file_and_no_function_outgrows_its_room() -> None:
    found = []
    for path in MODULES:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > (LINES_OF_AN_INIT if path.name == "__init__.py" else LINES_OF_A_FILE):
            found.append(f"{named(path)} has {lines} lines")
        for function in functions(parsed(path)):
            length = (function.end_lineno or 0) - function.lineno + 1
            if length > LINES_OF_A_FUNCTION:
                found.append(f"{named(path)} {function.name} has {length} lines")
    assert found == []


def test_no_module_is_a_drawer() -> None:
    parts = {part.removesuffix(".py") for path in MODULES for part in path.relative_to(SRC).parts}
    assert parts & DRAWERS == set()


def test_an_init_only_names_its_face() -> None:
    for path in MODULES:
        if path.name == "__init__.py" and path.parent != SRC:
            kinds = {type(node) for node in parsed(path).body}
            assert kinds <= {ast.Expr, ast.Import, ast.ImportFrom, ast.Assign}, named(path)


def test_there_are_at_most_seven_floors_and_nothing_beside_them() -> None:
    rooms = {path.name for path in SRC.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms == set(FLOORS)
    assert len(FLOORS) <= 7
    assert [path.name for path in SRC.glob("*.py")] == ["__init__.py"]


def test_imports_for_type_checking_only_hide_no_circle() -> None:
    # The face of the package is typed without loading the solvers; nothing else needs it.
    hiding = [named(p) for p in MODULES if "TYPE_CHECKING" in p.read_text(encoding="utf-8")]
    assert set(hiding) <= {"__init__.py"}


def test_everything_is_caught_only_at_a_door() -> None:
    for path in MODULES:
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            where = f"{named(path)}:{node.lineno}"
            name = getattr(node.type, "id", None)
            assert node.type is not None, f"{where} catches everything unnamed"
            assert name != "Exception" or named(path) == "interfaces/cli/main.py", where
            raised = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            assert name != "BaseException" or raised, f"{where} keeps what it caught"


def test_a_fact_does_nothing_but_hold_and_refuse() -> None:
    """A method of a fact may refuse what cannot be true; everything else is a function a floor up."""
    for path in sorted((SRC / "facts").glob("*.py")):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef) and path.name != "campaign.py":
                assert {f.name for f in functions(node)} <= {"__post_init__"}, node.name


def test_nothing_unfinished_is_left_lying() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|placeholder|^\s*print\(", re.M)
    found = [
        f"{named(path)}: {match.group()}"
        for path in MODULES
        for match in unfinished.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_tracked_file_names_a_package_registry_or_a_place_on_this_machine() -> None:
    # Spelt in parts, so that this file does not find itself.
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "conda" + "-forge"]
    places = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/"]
    words = re.compile("|".join(map(re.escape, hosts + places)).encode())
    found = [
        f"{path.relative_to(ROOT)}: {match.group().decode()}"
        for path in tracked()
        for match in words.finditer(path.read_bytes())
    ]
    assert found == []


def test_requirements_are_pinned_by_hash_and_name_no_index() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        assert "--index-url" not in text
        assert "--find-links" not in text
        pins = re.findall(r"^([a-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE)
        assert pins
        blocks = re.split(r"\n(?=[a-z0-9])", text)
        assert all("--hash=sha256:" in block for block in blocks if "==" in block)


def test_no_tracked_file_is_large_or_stored_by_accident() -> None:
    for path in tracked():
        assert path.stat().st_size < 2_000_000, path
        assert path.suffix not in {".db", ".pem", ".pyc", ".log"}, path
