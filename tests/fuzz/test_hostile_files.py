"""Files made to take the analysis down, to read what they may not, or to be run: each is analyzed in a process with limits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fuzz.harness import SECONDS, in_a_process

HEADER = "from airflow.sdk import DAG\nfrom airflow.providers.standard.operators.empty import EmptyOperator\n"
DAG = "\nwith DAG('kept'):\n    EmptyOperator(task_id='a')\n"

BOMBS = {
    "doubling text": "x = 'a'\nfor _ in range(60):\n    x = x + x",
    "doubling list": "x = [1]\nfor _ in range(60):\n    x = x + x",
    "doubling in place": "x = [1]\nfor _ in range(60):\n    x += x",
    "doubling dict": "x = {0: 0}\nfor i in range(60):\n    x = {**x, **{k + len(x): v for k, v in x.items()}}",
    "doubling nesting": "x = [1]\nfor _ in range(100):\n    x = [x, x]\ny = str(x)",
    "nested repr": "x = [1]\nfor _ in range(100):\n    x = [x, x]\ny = f'{x!r}'\nz = x == x[0]\nimport json\nw = json.dumps(x)",
    "nested copy": "import copy\nx = [1]\nfor _ in range(100):\n    x = [x, x]\ny = copy.deepcopy(x)",
    "nested hash": "x = (1,)\nfor _ in range(100):\n    x = (x, x)\ny = {x: 1}",
    "nested params": "x = [1]\nfor _ in range(100):\n    x = [x, x]\nwith DAG('p', params={'x': x}):\n    EmptyOperator(task_id='t')",
    "text times": "x = 'a' * 10**9",
    "bytes times": "x = b'a' * 10**9\ny = bytes(10**10)\nz = bytearray(10**10)",
    "list times": "x = [0] * 10**10\ny = (0,) * 10**10",
    "power": "x = 10**10**8\ny = 2 ** (2 ** 40)\nz = pow(10, 10**9)",
    "repeated square": "x = 7\nfor _ in range(60):\n    x = x * x",
    "shift": "x = 1 << 10**10",
    "factorial": "import math\nx = math.factorial(10**7)\ny = math.perm(10**6)\nz = math.comb(10**7, 10**6)",
    "product": "import math\nx = math.prod([10**3000] * 100000)",
    "integer text": "x = int('9' * 10**6)\ny = str(10**4000)\nz = 10**9999\nfor _ in range(10**5):\n    w = str(z)",
    "decimal": "import decimal\nx = decimal.Decimal(10) ** 10**9\ny = decimal.Decimal('1e999999999')\nz = int(y)",
    "fraction": "import fractions\nx = fractions.Fraction(10) ** 10**9\ny = fractions.Fraction('1e999999999')",
    "float to integer": "x = int(1e308) ** 9999",
    "format width": "x = '{:>1000000000}'.format(1)\ny = f'{1:>1000000000}'\nw = 10**9\nz = f'{1:{w}}'\nv = '{:{}}'.format(1, 10**9)",
    "percent width": "x = '%1000000000d' % 1\ny = '%*d' % (10**9, 1)\nz = '%.1000000000f' % 1.0",
    "format method": "x = format(1, '1000000000')\ny = 'a'.ljust(10**10)\nz = 'a'.zfill(10**10)\nw = '\\t'.expandtabs(10**10)",
    "join": "x = ('a' * 10000).join(['b' * 10000] * 100000)\ny = ','.join(str(i) for i in range(10**9))",
    "replace": "x = ('a' * 100000).replace('a', 'b' * 100000)\ny = ''.join(['x'] * 99999).replace('', 'y' * 99999)",
    "sub": "import re\nx = re.sub('a', 'b' * 100000, 'a' * 40000)\ny = re.sub('', 'b' * 100000, 'a' * 40000)",
    "split": "x = ('a,' * 400000).split(',')\nfor _ in range(200):\n    y = ('a,' * 400000).split(',')",
    "range": "x = list(range(10**12))\ny = sum(range(10**12))\nz = len(range(10**12))\nw = 5 in range(10**12)\nv = sorted(range(10**12))",
    "sum": "x = sum([[1] * 1000] * 1000, [])\ny = max(range(10**12))\nz = any(range(10**12))",
    "million": "n = 0\nfor i in range(10**6):\n    n += 1",
    "comprehension": "x = [a + b + c for a in range(1000) for b in range(1000) for c in range(1000)]",
    "dict comprehension": "x = {(a, b): [c for c in range(1000)] for a in range(1000) for b in range(1000)}",
    "growing": "x = [1]\nfor n in x:\n    x.append(n)",
    "endless": "while True:\n    pass",
    "endless generator": "def f():\n    while True:\n        yield 1\nx = list(f())\nfor y in f():\n    pass",
    "endless text": "x = 'a'\nwhile True:\n    x += 'a' * 1000",
    "endless dict": "x = {}\nwhile True:\n    x[len(x)] = 'a' * 100000",
    "endless list": "x = []\nwhile True:\n    x.append('a' * 100000 + str(len(x)))",
    "itertools": "import itertools\nx = list(itertools.product(range(300), repeat=4))\ny = list(itertools.permutations(range(20)))\nz = list(itertools.count())\nw = list(itertools.repeat('a' * 10**5))\nv = list(itertools.chain.from_iterable([[1] * 10**5] * 10**5))",
    "accumulate": "import itertools\nx = list(itertools.accumulate(['a' * 1000] * 100000))\ny = list(itertools.accumulate([10**100] * 100000, lambda a, b: a * b))",
    "combinations": "import itertools\nx = list(itertools.combinations(range(10**5), 50000))\ny = list(itertools.zip_longest(*[range(1000)] * 10000))",
    "counter": "import collections\nx = collections.Counter(a=10**12)\ny = list(x.elements())",
    "deque": "import collections\nx = collections.deque([1])\nwhile True:\n    x.extend(list(x))",
    "recursion": "def f(n):\n    return f(n - 1) + f(n - 2)\nx = f(60)",
    "mutual recursion": "def f(n):\n    return g(n) + g(n)\ndef g(n):\n    return f(n) + f(n)\nx = f(1)",
    "endless recursion": "def f(n):\n    return f(n + 1)\nx = f(1)",
    "recursive property": "class A:\n    @property\n    def x(self):\n        return self.x\ny = A().x",
    "recursive getattr": "class A:\n    def __getattr__(self, name):\n        return getattr(self, name + 'x')\ny = A().y",
    "recursive str": "class A:\n    def __str__(self):\n        return str(self)\ny = f'{A()}'",
    "recursive iter": "class A:\n    def __iter__(self):\n        return self\nfor x in A():\n    pass\ny = list(A())",
    "recursive bool": "class A:\n    def __bool__(self):\n        return bool(self)\n    def __len__(self):\n        return len(self)\nif A() or len(A()):\n    pass",
    "recursive eq": "class A:\n    def __eq__(self, other):\n        return self == other\ny = A() == A()\nz = A() in [A()]",
    "recursive generator": "def f():\n    yield from f()\nx = list(f())\nfor y in f():\n    pass",
    "recursive dataclass": "from dataclasses import dataclass, asdict\n@dataclass\nclass A:\n    x: object = None\na = A()\na.x = a\ny = repr(a)\nz = asdict(a)\nw = a == A(a)\nv = str(a)",
    "recursive decorator": "def d(f):\n    @d\n    def g():\n        pass\n    return g\n@d\ndef x():\n    pass",
    "recursive class": "def f():\n    class A:\n        x = f()\n    return A\ny = f()",
    "recursive lambda": "f = lambda g: g(g)\nx = f(f)",
    "endless exec": "s = 'exec(s)'\nexec(s)",
    "deep eval": "x = eval('(' * 5000 + '1' + ')' * 5000)\ny = eval('9**9**9**9')\nz = eval('eval(' * 200 + \"'1'\" + ')' * 200)",
    "growing exec": "s = 'x = 1\\n'\nfor _ in range(30):\n    s = s + s\n    exec(s)",
    "endless iterator": "class I:\n    def __iter__(self):\n        return self\n    def __next__(self):\n        return 1\nx = list(I())\ny = sum(I())\nfor z in I():\n    pass",
    "recursive hash": "class H:\n    def __hash__(self):\n        return hash((self,)) + len({self})\n    def __eq__(self, o):\n        return self == o\nx = {H(), H()}\ny = {H(): 1}[H()]",
    "recursive metaclass": "class M(type):\n    def __call__(cls):\n        return cls()\n    def __getattr__(cls, n):\n        return getattr(cls, n + 'x')\nclass A(metaclass=M):\n    pass\nx = A.y\nz = A()",
    "recursive descriptor": "class D:\n    def __set__(self, i, v):\n        i.a = v\n    def __get__(self, i, o):\n        return i.a\nclass A:\n    a = D()\nx = A()\nx.a = 1\ny = x.a",
    "recursive mapping": "from collections.abc import MutableMapping\nclass M(MutableMapping):\n    def __getitem__(self, k):\n        return self.get(k)\n    def __iter__(self):\n        return iter(self)\n    def __len__(self):\n        return len(self)\nx = M()\ny = dict(x)\nz = x.get(1)\nw = {**x}",
    "recursive partial": "import functools\ndef f(*a):\n    return functools.partial(f, *a)(*a, 1)\nx = f(1)\np = functools.partial(print)\nfor _ in range(5000):\n    p = functools.partial(p, 1)\np()",
    "many arguments": "def f(*a):\n    return len(a)\nx = f(*range(10**9))\ny = f(*[1] * 10**6)",
    "self-containing": "x = []\nx.append(x)\ny = str(x)\nz = x == x\nimport json, copy\nw = copy.deepcopy(x)\nv = json.dumps(x)\nd = {}\nd['d'] = d\nu = f'{d}'",
    "self-containing tuple": "x = []\nt = (x,)\nx.append(t)\ny = hash(t) if False else repr(t)\nz = sorted([t, t])\nw = t < t",
    "many branches": "import os\n" + "\n".join(f"if os.environ['X{i}']:\n    x{i} = {i}" for i in range(200)),
    "nested branches": "import os\n"
    + "\n".join(f"{'    ' * i}if os.environ['X{i}']:" for i in range(18))
    + "\n"
    + "    " * 18
    + "x = 1",
    "branching recursion": "import os\ndef f(n):\n    if os.environ['X']:\n        return f(n + 1)\n    return [f(n), f(n)]\nx = f(0)",
    "branching calls": "import os\ndef f(n):\n    if n == 0:\n        return 0\n    if os.environ['X']:\n        return f(n - 1)\n    else:\n        return f(n - 1)\nx = f(30)",
    "unknown loops": "import os\n"
    + "\n".join(f"{' ' * i}for x{i} in os.environ['X'].split():" for i in range(30))
    + "\n"
    + " " * 30
    + "y = 1",
    "regular expressions": """import re
for pattern in ["(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){20}", "(a?){30}a{30}", "(?:a*)*b", "(a*)*b", "a*a*a*a*a*a*a*b", "((a+)?)+$",
                "(\\\\w+\\\\s?)*$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?=(a+))a*b", "(a{1,20}){1,20}$", "(.+)+x", "([a-z]+)*\\\\1!", "(a|b|ab)*c"]:
    for text in ["a" * 40 + "!", "a" * 5000 + "!"]:
        x = re.match(pattern, text)
        y = re.search(pattern, text)
        z = re.compile(pattern).fullmatch(text)
        w = re.sub(pattern, "x", text)
        v = re.findall(pattern, text)
        u = re.split(pattern, text)
        t = [m for m in re.finditer(pattern, text)]
""",
    "fnmatch": "import fnmatch, glob\nx = fnmatch.fnmatch('a' * 5000, '*a' * 50 + 'b')\ny = glob.glob('*a' * 50 + 'b')\nz = glob.glob('/**/*' * 10)",
    "strptime": "import datetime\nx = datetime.datetime.strptime('1' * 100000, '%Y' * 100)\ny = datetime.datetime(2024, 1, 1).strftime('%Y' * 300000)\nz = datetime.timedelta(days=10**20)",
    "base64": "import base64\nx = b'a'\nfor _ in range(200):\n    x = base64.b64encode(x)",
    "quote": "import urllib.parse\nx = ' '\nfor _ in range(60):\n    x = urllib.parse.quote(x)\ny = urllib.parse.urlencode({i: '%' * 10000 for i in range(10000)})",
    "json": "import json\nx = json.loads('[' * 100000)\ny = '\"'\nfor _ in range(60):\n    y = json.dumps(y)\nz = json.dumps([1], indent=10**9)",
    "textwrap": "import textwrap\nx = textwrap.indent('a\\n' * 10**5, ' ' * 10**5)\ny = textwrap.wrap('a ' * 10**5, 1)\nz = textwrap.fill('a', 10**9)",
    "template": "import string\nx = '$a'\nfor _ in range(60):\n    x = string.Template(x).substitute(a='$a $a')",
    "format recursion": "x = '{0}'\nfor _ in range(60):\n    x = x.format('{0}{0}')",
    "enum": "import enum\nE = enum.Enum('E', [f'A{i}' for i in range(10**6)])\nF = enum.Enum('F', ' '.join(['A'] * 10**5))",
    "namedtuple": "import collections\nN = collections.namedtuple('N', [f'a{i}' for i in range(10**6)])",
    "many classes": "class A: pass\nfor i in range(2000):\n    A = type(f'A{i}', (A,), {})\nx = A()",
    "diamonds": "class A0: pass\n"
    + "\n".join(f"class B{i}(A{i}): pass\nclass C{i}(A{i}): pass\nclass A{i + 1}(B{i}, C{i}): pass" for i in range(60))
    + "\nx = A60().y",
    "many dags": "for i in range(10**6):\n    with DAG(f'd{i}'):\n        EmptyOperator(task_id='t')",
    "many tasks": "with DAG('many'):\n    for i in range(10**6):\n        EmptyOperator(task_id=f't{i}')",
    "many edges": "with DAG('edges'):\n    a = [EmptyOperator(task_id=f'a{i}') for i in range(2000)]\n    b = [EmptyOperator(task_id=f'b{i}') for i in range(2000)]\n    for x in a:\n        x >> b",
    "long ids": "with DAG('x' * 10**6):\n    EmptyOperator(task_id='y' * 10**6)",
    "uuid": "import uuid, hashlib\nx = uuid.UUID('1' * 10**6)\nfor i in range(10**6):\n    y = hashlib.sha256(b'a' * 10**5).hexdigest()",
    "set operations": "x = set(range(10**5))\nfor i in range(10**5):\n    y = x | {i}\n    z = sorted(x)",
    "slices": "x = list(range(10**5))\nfor i in range(10**5):\n    y = x[:]\n    z = x[::-1]",
    "sorting": "x = list(range(10**5))\nfor i in range(10**4):\n    y = sorted(x, reverse=True)",
    "membership": "x = list(range(10**5))\nfor i in range(10**5):\n    y = -1 in x",
    "strings": "x = 'ab' * 10**5\nfor i in range(10**5):\n    y = x.count('b')\n    z = x.upper()\n    w = x == x[:-1]",
    "chained comparisons": "x = " + " < ".join("1" for _ in range(800)),
    "long chain": "with DAG('c'):\n    t = EmptyOperator(task_id='t')\n    " + " >> ".join("t" for _ in range(8000)),
    "deep list": "x = " + "[" * 5000 + "]" * 5000,
    "deep dict": "x = " + "{1: " * 300 + "1" + "}" * 300,
    "deep call": "x = " + "f(" * 400 + ")" * 400,
    "deep blocks": "\n".join(" " * i + "if True:" for i in range(95)) + "\n" + " " * 95 + "x = 1",
    "deep functions": "\n".join(" " * i + f"def f{i}():" for i in range(90)) + "\n" + " " * 90 + "return 1",
    "deep text": "x = " + "f'{" * 1 + "1" + "}'" * 1 + "\ny = " + "(" * 150 + "1" + ")" * 150,
    "long addition": "x = " + " + ".join("'a'" for _ in range(20000)),
    "long elif": "x = 1\nif x == 0:\n    pass\n" + "\n".join(f"elif x == {i + 2}:\n    pass" for i in range(3000)),
    "long literal": "x = [" + ", ".join("1" for _ in range(200000)) + "]",
    "wide functions": "def f(" + ", ".join(f"a{i}=1" for i in range(5000)) + "):\n    return 1\nx = f()",
    "unicode": "x = '\\ud800'\ny = x.encode('utf-8')\nwith DAG('\\ud800'):\n    EmptyOperator(task_id='\\udcff\\x00')",
}


QUICK = [
    "branching recursion",
    "decimal",
    "diamonds",
    "doubling text",
    "growing",
    "long chain",
    "many edges",
    "nested hash",
    "nested repr",
    "recursive generator",
    "regular expressions",
]
"""What every run of the tests tries; the long profile tries all."""


@pytest.mark.parametrize("name", sorted(BOMBS) if "FUZZ_EXAMPLES" in os.environ else QUICK)
def test_a_bomb_does_no_harm(tmp_path: Path, name: str) -> None:
    (tmp_path / "bomb.py").write_text(HEADER + DAG + BOMBS[name] + "\n", encoding="utf-8", errors="surrogatepass")

    result = in_a_process(tmp_path)

    assert result["seconds"] < SECONDS
    assert "kept" in result["dags"] or result["codes"], "nothing found, and nothing said"
