"""The script behind `make llama-server`, with a fake cmake and a fake pip: nothing is fetched or compiled here."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tuning" / "training" / "build_llama_server.sh"
USED = ("chmod", "cp", "getconf", "gzip", "mkdir", "mv", "rm", "tail", "tar", "tee", "touch")
FAKE_CMAKE = """#!/bin/sh
case $1 in
-S) test -f "$2/CMakeLists.txt" && mkdir -p "$4" ;;
--build)
	for share in "  1" "  4" " 12" " 47" 100; do echo "[$share%] Building CXX object"; done
	if test -e "$FAKE_CMAKE_FAILS"; then echo "error: no space left"; exit 2; fi
	mkdir -p "$2/bin"
	printf '#!/bin/sh\\n' >"$2/bin/llama-server"
	chmod +x "$2/bin/llama-server" ;;
esac
"""
FAKE_PYTHON = """#!/bin/sh
echo "pip $*" >>"$FAKE_PIP_ASKED"
while [ "$1" != --dest ]; do shift; done
cp "$FAKE_ARCHIVE" "$2/"
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH of its own that has what the script needs."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in (*USED, "sh"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    for name, text in (("cmake", FAKE_CMAKE), ("cc", "#!/bin/sh\n"), ("c++", "#!/bin/sh\n"), ("make", "#!/bin/sh\n")):
        _write(folder / name, text)
    _write(tmp_path / "python", FAKE_PYTHON)
    with tarfile.open(tmp_path / "llama_cpp_python-0.3.36.tar.gz", "w:gz") as archive:
        for name in ("LICENSE", "CMakeLists.txt"):
            member = tarfile.TarInfo(f"llama_cpp_python-0.3.36/vendor/llama.cpp/{name}")
            archive.addfile(member, io.BytesIO())
    return folder


def _write(program: Path, text: str) -> None:
    program.write_text(text)
    program.chmod(0o755)


def run(tools: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = tools.parent
    environment = os.environ | {
        "PATH": str(tools),
        "FAKE_CMAKE_FAILS": str(root / "fails"),
        "FAKE_PIP_ASKED": str(root / "asked"),
        "FAKE_ARCHIVE": str(root / "llama_cpp_python-0.3.36.tar.gz"),
    }
    for name in ("CC", "CXX"):
        environment.pop(name, None)
    command = [str(tools / "sh"), str(SCRIPT), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def build(tools: Path) -> subprocess.CompletedProcess[str]:
    return run(tools, str(tools.parent / "python"), str(tools.parent / "models" / "llama-server"))


def test_missing_tools_are_all_named_before_anything_is_fetched(tools: Path) -> None:
    assert run(tools, "--check").returncode == 0
    (tools / "cmake").unlink()
    (tools / "c++").unlink()
    for found in (run(tools, "--check"), build(tools)):
        assert found.returncode == 1
        assert "needs cmake c++." in found.stderr
        assert "apt-get install cmake g++" in found.stderr
    assert not (tools.parent / "models").exists()


def test_it_shows_how_far_it_is_and_leaves_nothing_but_the_program(tools: Path) -> None:
    found = build(tools)
    assert found.returncode == 0, found.stderr
    shares = [line.strip(" %") for line in found.stdout.splitlines() if line.endswith("%")]
    assert shares == ["1", "12", "47", "100"]
    assert os.access(tools.parent / "models" / "llama-server", os.X_OK)
    assert [path.name for path in (tools.parent / "models").iterdir()] == ["llama-server"]


def test_after_a_failure_it_goes_on_with_what_is_there(tools: Path) -> None:
    (tools.parent / "fails").touch()
    broken = build(tools)
    assert broken.returncode == 1
    assert "no space left" in broken.stderr
    assert "run the same again" in broken.stderr
    assert not (tools.parent / "models" / "llama-server").exists()
    (tools.parent / "fails").unlink()
    assert build(tools).returncode == 0
    assert len((tools.parent / "asked").read_text().splitlines()) == 1, "the source was fetched once"


def test_a_source_that_was_half_unpacked_is_fetched_again(tools: Path) -> None:
    half = tools.parent / "models" / "llama-server.build" / "unpacked" / "llama.cpp"
    half.mkdir(parents=True)
    assert build(tools).returncode == 0
