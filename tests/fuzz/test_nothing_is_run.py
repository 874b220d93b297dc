"""Files that would leave a mark if anything of them were executed, imported, unpickled or constructed; and files that are none."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from tests.fuzz.harness import SECONDS, in_a_process
from tests.fuzz.test_hostile_files import DAG, HEADER

CODE = """
import os, subprocess, pickle, yaml, builtins, importlib, functools, operator, types, sys, json, configparser, ctypes, runpy, shutil, code, pathlib
MARK = {mark!r}
os.system("touch " + MARK)
subprocess.run(["touch", MARK])
eval("open(MARK, 'w')")
exec("open(MARK, 'w')")
exec(compile("open(MARK, 'w')", "x", "exec"))
builtins.exec("open(MARK, 'w')")
getattr(builtins, "ev" + "al")("open(MARK, 'w')")
__builtins__["eval"]("open(MARK, 'w')")
__import__("os").system("touch " + MARK)
importlib.import_module("os").system("touch " + MARK)
importlib.reload(os)
open(MARK, "w").write("x")
pathlib.Path(MARK).touch()
pathlib.Path(MARK).write_text("x")
os.makedirs(MARK)
shutil.copy(__file__, MARK)
runpy.run_path(__file__)
pickle.loads(open(os.path.join(os.path.dirname(__file__), "evil.pickle"), "rb").read())
pickle.load(open("evil.pickle", "rb"))
yaml.load(open(os.path.join(os.path.dirname(__file__), "evil.yaml")), Loader=yaml.UnsafeLoader)
yaml.unsafe_load(open(os.path.join(os.path.dirname(__file__), "evil.yaml")))
yaml.full_load(open(os.path.join(os.path.dirname(__file__), "evil.yaml")))
x = "{{0.__class__.__mro__[1].__subclasses__}}".format("")
x = "{{0.__init__.__globals__[os].system}}".format(os)
x = f"{{''.__class__.__base__.__subclasses__()}}"
x = ().__class__.__bases__[0].__subclasses__()
x = (lambda: 0).__globals__["os"].system("touch " + MARK)
x = (lambda: 0).__code__
x = types.FunctionType((lambda: os.system("touch " + MARK)).__code__, globals())()
x = type("X", (), {{"__init__": lambda self: os.system("touch " + MARK)}})()
x = functools.reduce(getattr, ["system"], os)("touch " + MARK)
x = functools.partial(os.system, "touch " + MARK)()
x = list(map(os.system, ["touch " + MARK]))
x = sorted(["touch " + MARK], key=os.system)
x = operator.methodcaller("system", "touch " + MARK)(os)
x = operator.attrgetter("system")(os)("touch " + MARK)
x = next(iter(lambda: os.system("touch " + MARK), 0))
x = sys.modules["os"].system("touch " + MARK)
x = json.loads("1", object_hook=os.system, parse_int=lambda v: os.system("touch " + MARK))
x = json.dumps(object(), default=lambda v: os.system("touch " + MARK))
class Evil:
    def __reduce__(self):
        return (os.system, ("touch " + MARK,))
    def __del__(self):
        os.system("touch " + MARK)
    def __str__(self):
        return os.popen("touch " + MARK).read()
    def __format__(self, spec):
        return os.popen("touch " + MARK).read()
    def __hash__(self):
        return os.system("touch " + MARK)
    __getattr__ = __getitem__ = __call__ = __eq__ = __iter__ = lambda self, *a: os.system("touch " + MARK)
e = Evil()
x = [str(e), f"{{e}}", {{e: 1}}, e == e, e.x, e(), pickle.loads(pickle.dumps(e))]
import evil_module
from evil_package import *
"""


def test_nothing_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    folder = tmp_path / "dags"
    (folder / "evil_package").mkdir(parents=True)
    write = f"open({str(mark)!r}, 'w').write('x')\n"
    (folder / "evil_module.py").write_text(write)
    (folder / "evil_package" / "__init__.py").write_text("__all__ = ['x']\n" + write)
    (folder / "conftest.py").write_text("# airflow dag\n" + write)
    (folder / "sitecustomize.py").write_text("# airflow dag\n" + write)
    (folder / "yaml.py").write_text("# airflow dag\n" + write)
    (folder / "evil.yaml").write_text(f"!!python/object/apply:os.system ['touch {mark}']\n")

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {mark}",)

    (folder / "evil.pickle").write_bytes(pickle.dumps(Evil()))
    (folder / "dag.py").write_text(HEADER + CODE.format(mark=str(mark)) + DAG)

    result = in_a_process(folder)

    assert "kept" in result["dags"]
    assert not mark.exists()


def test_pipes_devices_and_links_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text(HEADER + "with DAG('outside_the_folder'):\n    EmptyOperator(task_id='a')\n")
    folder = tmp_path / "dags"
    folder.mkdir()
    os.mkfifo(folder / "pipe.py")
    os.mkfifo(folder / "pipe.yaml")
    (folder / "zero.py").symlink_to("/dev/zero")
    (folder / "link.py").symlink_to(secret)
    (folder / "loop.py").symlink_to(folder / "loop.py")
    (folder / "up").symlink_to(tmp_path)
    (folder / "here").symlink_to(folder)
    (folder / "dag.py").write_text(
        HEADER
        + "import yaml, glob, os, pathlib\n"
        + "\n".join(
            f"try:\n    found = open({name!r}).read()\nexcept OSError:\n    found = 'refused'\n"
            f"with DAG('d{number}'):\n    EmptyOperator(task_id=f'{{found}}'[:40] or 'empty')\n"
            for number, name in enumerate(
                [
                    "pipe.yaml",
                    "/dev/zero",
                    "/dev/stdin",
                    "/proc/self/environ",
                    "/etc/passwd",
                    str(secret),
                    "up/secret.py",
                    "../secret.py",
                ]
            )
        )
        + "import link, zero, pipe\nfrom up import secret\n"
        + "files = [str(p) for p in pathlib.Path(__file__).parent.rglob('*')] + glob.glob('/etc/*') + glob.glob('../*') + os.listdir('/')\n"
        + DAG
    )

    result = in_a_process(folder)

    assert "outside_the_folder" not in result["dags"]
    assert "kept" in result["dags"]
    assert not any("root" in task or "import" in task for task in result["tasks"])


@pytest.mark.parametrize(
    "name",
    [
        "a b.py",
        "new\nline.py",
        "quote'\".py",
        "-rf.py",
        "{0}.py",
        "%s.py",
        "café.py",
        "x" * 200 + ".py",
        "[red].py",
        "$(id).py",
        ".hidden.py",
        "import.py",
    ],
)
def test_hostile_names_of_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(HEADER + DAG)

    assert in_a_process(tmp_path)["dags"] == ["kept"]


def test_imports_in_a_circle(tmp_path: Path) -> None:
    for number in range(40):
        following = (number + 1) % 40
        (tmp_path / f"m{number}.py").write_text(
            f"# airflow dag\nimport m{following}\nfrom m{following} import *\nfrom . import m{following}\nV = m{following}.V + 'a'\n"
        )
    (tmp_path / "dag.py").write_text(HEADER + "from m0 import V\n" + DAG)

    result = in_a_process(tmp_path)

    assert "kept" in result["dags"]
    assert result["seconds"] < SECONDS


def test_a_file_that_is_all_bytes(tmp_path: Path) -> None:
    (tmp_path / "bytes.py").write_bytes(bytes(range(256)) * 100 + b"airflow dag")
    (tmp_path / "nul.py").write_bytes(b"# airflow dag\n\0" + HEADER.encode())
    (tmp_path / "utf16.py").write_bytes((HEADER + DAG).encode("utf-16"))
    (tmp_path / "coding.py").write_bytes(b"# -*- coding: no_such -*-\n# airflow dag\n")
    (tmp_path / "empty.py").write_bytes(b"")
    (tmp_path / "good.py").write_text(HEADER + DAG)

    assert in_a_process(tmp_path)["dags"] == ["kept"]


def test_yaml_bombs(tmp_path: Path) -> None:
    levels = "\n".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]" for i in range(20))
    (tmp_path / "aliases.yaml").write_text("a: &a [x]\n" + levels)
    (tmp_path / "merges.yaml").write_text(
        "a: &a {k0: 1}\n"
        + "\n".join(
            f"b{i}: &b{i} {{<<: [*{'a' if not i else f'b{i - 1}'}, *{'a' if not i else f'b{i - 1}'}], k{i}: 1}}"
            for i in range(60)
        )
    )
    (tmp_path / "cycle.yaml").write_text("&a [*a, *a]")
    (tmp_path / "deep.yaml").write_text("[" * 20000 + "]" * 20000)
    (tmp_path / "number.yaml").write_text("a: 1e999999999\nb: 0x" + "f" * 100000 + "\nc: " + "9" * 100000)
    code = "import yaml, os\nfound = []\n"
    for name in ("aliases", "merges", "cycle", "deep", "number"):
        code += f"try:\n    found.append(str(yaml.safe_load(open(os.path.join(os.path.dirname(__file__), '{name}.yaml')))))\nexcept Exception:\n    pass\n"
    (tmp_path / "dag.py").write_text(HEADER + code + DAG)

    result = in_a_process(tmp_path)

    assert "kept" in result["dags"]
    assert result["seconds"] < 3 * SECONDS
