"""What is known about one of the team's own functions: the words of `CallableAnalyzer`, which fills them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import field

from migrator.model.bodies import SourceEdit
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import Value


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a function cannot be moved out of Airflow: `reason` is one clear sentence without a full stop, `span` the place."""

    reason: str
    span: Span
    library: bool = False
    """Airflow's library, without its scheduler, is enough to take the obstacle away."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """The statement `name = <use>` of which a use is the whole right side.

    `span` covers its whole lines, so that cutting it leaves nothing behind. `removable`: other statements remain in its
    block, and `name` is bound nowhere else in the function, so a parameter called `name` can stand in for the statement.
    """

    name: str
    span: Span
    removable: bool
    together: bool = False
    """Other uses are assigned by the same statement: parameters stand for all of them, or for none."""
    starts: bool = False
    """Not removable only because `name` is bound anew later on: a parameter called `name` can stand in for the statement, but for no other use."""


@dataclass(frozen=True, slots=True)
class ContextUse:
    """One place where the code touches Airflow at run time and what has to happen there.

    `span` is the whole expression to be replaced (or, for `alias` and `annotation`, the text to be cut out). `name` and
    `detail` by `kind`:

    - `parameter`: the parameter `name` is filled by Airflow, as it is called like a member of the context (`ds`, `ti`). A plain
      value (see `PLAIN_KEYS`) can be handed over as an argument, so its uses are not listed; the uses of an object
      (`ti`, `dag_run`, `params`) are listed as `key`, `xcom_pull`, ... `span` is the parameter. detail: `used` (bool).
    - `key`: a member `name` of the context, and `path` below it: `context["ds"]`, `dag_run.conf.get("x", 1)` (name
      `dag_run`, path `("conf", "x")`), `params["a"]`, `ti.run_id`, `dag.dag_id`. detail: `has_default`, `default` where it is
      read by `.get`. `ti` stands for both its names.
    - `argument`: `kwargs["x"]` of a `**kwargs`, where `x` is none of Airflow's names: an argument of the task. detail as for `key`.
    - `member`: `"x" in kwargs`, where `x` is `name`: whether the context has such a member, or the task gives such an argument. detail
      `negated` for `not in`.
    - `members`: a member of the context by a name that the code computes. detail `names` (all that it may be), `index` (Span of the name).
    - `xcom_pull`: detail `task_ids` (str, list of str, None where not given, or a symbolic value: of kind `argument` where the task
      gives it), `key` (`return_value`
      unless given), `dag_id` (or None), `prior` (of earlier runs, too), and `other` (names of further arguments); in a loop over known tasks `task_ids` are all of them, and
      `index` is the Span of the expression that tells which.
    - `xcom_push`: detail `key`, `value` (the Span of the value's expression, None if missing), `statement` (the call is a
      statement of its own), `other`.
    - `variable`: `name` is the Variable's; detail `json` (bool), `has_default`, `default`; `class` and `renamed` as of `stored`, where it is read by `Variable.get`.
    - `stored`: a Variable is changed (detail `changes`), or one read whose `name` is only known at run time, which is empty then. detail `pattern`: what such a
      name looks like, if that is known; `class`: the Span of `Variable`; `renamed`: the names of arguments that the project's class calls otherwise.
    - `default`: the default value of the parameter `name`, which was made of names around the function when it was defined: the caller is
      to give what it was then.
    - `connection`: `name` is the connection's id, empty where it is only known at run time; `span` is the function called. detail `conn_id`.
    - `hook`: a hook of the class `name` is made, and only methods are called that a resource has, too. detail `arguments` (by name), `calls`
      (of `HookCall`), `reads` (Spans of the name that holds it), `class` (Span of the class, if the project may have one of that name).
    - `hook_class`: a hook of the class `name` is made that goes on somewhere; `span` is the reference to the class. detail `text` (`Helper`), `conn_id`.
    - `message`: a message is sent by the class or function `name` of Airflow's, which `span` is the reference to. detail: see `find_message`.
    - `library`: `name` of Airflow's library, for which another one has the same. detail `text` (`LibraryText`, `Helper`).
    - `rewrite`: the bases of a class that derives from one of Airflow's. detail `text`: what is to stand there.
    - `logger`: the place, at the beginning of a class, for the `log` that Airflow's class gave it. detail `margin`: the white space in front.
    - `attribute`: another method of an operator's class than the one that is called reads the attribute `name` of its object, which Airflow's class gave it;
      `path` is the member of the context that says the same.
    - `base`: `super().execute(context)` of an operator of Airflow's that does work (`name` is `execute`), or an attribute `name` that it gave its object.
    - `lifecycle`: Airflow calls several methods of an operator's class. detail: `pre_execute`, `execute` and `post_execute` (`HandedForm`, those that it
      has), `base` (the use that stands for the work where `execute` is Airflow's), `result` (the last one takes the work's result), `margin` (as for
      `logger`); `span` is where a method that calls them can stand.
    - `waiting`: a sensor's `execute` has Airflow's ask its `poke` until that is true. detail: `form` (the `HandedForm` of `poke`), `instance` (the name of
      the object in `execute`).
    - `metadata`: a statement tells something of an asset that the task updates (`outlet_events[asset].extra = {...}`, `yield Metadata(asset, {...})`,
      or with `partitions` in the detail, `outlet_events[asset].add_partitions(...)`). detail
      `asset` (None where only the task tells which one); `added`, to an alias, and then `computed` where the code makes the asset's URI, with its `prefix`; `opening` (what
      stands in the place of `span`, after the name of the function that takes it), `rest` (further Spans, and what stands there).
    - `asset_events`: `inlet_events[asset]`, the events of an asset, oldest first, or if that is the name, `asset_state_store[asset]`. detail `asset` (or its number among the task's inlets, or None), `asked` (what the function asks events for, of `OF_EVENTS`; of a `key` that is events, too).
      In a loop, `assets` are those that it may be, by the value of what stands at `index`.
    - `exception`: `name` is Airflow's class; `span` the reference to the class alone. detail `form`: `raise`, `except`, `other`, or `elsewhere` where the
      callable's code does not lead there.
    - `handed`: one of the team's own functions is handed the context, or an object of it, and can take what it uses of that instead. `name`
      is `context`, `span` the call. detail: `form` (`HandedForm`), `cuts` (Spans in the call), `place` (Span for further
      arguments), `after` (others stand in front of them), `kept` (the names of parameters that the call fills by `**context`).
    - `unread`: an argument that nothing reads, or a name of an import or of `__all__` that is left out elsewhere, with its comma: to be cut out.
    - `alias`: a statement that only gives another name to a part of the context (`ti = context["ti"]`) or imports from
      Airflow inside the function: to be cut out once all other uses are replaced. `name` is what it binds.
    - `unneeded`: a method of an object's class that needs Airflow and that nothing asks for: to be cut out.
    - `annotation`: an annotation that names a class of Airflow (`: Context`, ` -> DAG`), to be cut out.
    - `mapping`: the whole context is used like a dictionary. detail: `names` (members that the function names in quotes), `shown` (it only prints it),
      `star` (the name of the function's own `**kwargs`, if it is that, with its `annotation`).
    - `escape`: the whole context, or an object of it, goes where it is not followed (`f(**context)`, `helper(ti)`). `name` is
      `context` or the member. detail `to`: the called function's source, if it is an argument of a call.
    - `enclosed`: the function reads `name` of a function around it, which stood for an object that cannot be written down as it is. detail `value`, and
      `members`: such uses of its attributes, where the function reads nothing else of the object.
    - `present`: the code only asks whether an object of the context is there (`if dag_run and ...`): it always is.

    `function` is the name of the module-level or nested function or class the use stands in (None: a module-level statement):
    only the uses in the callable itself can be replaced by parameters. A default that is not a literal is a `Symbolic` whose
    `source` and `span` are its code.
    """

    kind: str
    name: str
    span: Span
    detail: Mapping[str, Value] = field(default_factory=dict)
    path: tuple[str | int, ...] = ()
    assigned: Assigned | None = None
    function: str | None = None
    own: bool = True
    """It stands in the callable itself, not in a helper or constant that the callable needs."""


@dataclass(frozen=True, slots=True)
class HandedForm:
    """One of the team's own functions that was handed Airflow's context or an object of it, as it takes what it uses of that instead.

    `parameters` gives the use that each of its new parameters stands for, with the detail `unread` where only methods of other classes read it; `edits` make the function so, without those of `calls`, the functions
    that it hands the context on to, and of `readers`, others of its module that call it and have to be made so, too.
    """

    name: str
    function: Span
    parts: tuple[tuple[str, str], ...] = ()
    """The parameters that it was handed the context by, and what they were."""
    parameters: Mapping[str, ContextUse] = field(default_factory=dict)
    edits: tuple[SourceEdit, ...] = ()
    calls: tuple[HandedForm, ...] = ()
    readers: tuple[HandedForm, ...] = ()
    pushes: tuple[ContextUse, ...] = ()
    """All its own pushes of XComs, which share one of its parameters."""
    spent: frozenset[str] = frozenset()
    """Parameters that only told what to pull: they are cut, and what calls give for them is."""
    users: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Of what makes an object that keeps what its methods use: the methods that use each of its parameters."""
    by_airflow: bool = False
    """Airflow itself calls it, too: it is made so only where its module is carried whole, in which nobody calls it then."""
    forwards: tuple[Span, ...] = ()
    """Where it hands its `**kwargs` on to a function that it was put around: what it was handed of the context is not in there any more."""

    def all(self) -> Iterator[HandedForm]:
        """This function and all that must be made so with it, each once."""
        found: dict[Span, HandedForm] = {}
        queue = [self]
        while queue:
            form = queue.pop(0)
            if form.function not in found:
                found[form.function] = form
                queue += [*form.calls, *form.readers]
        yield from found.values()

    def led_to(self) -> Iterator[HandedForm]:
        """This function and those that a call of it may lead to, each once: not those that only call it themselves."""
        found: dict[Span, HandedForm] = {}
        queue = [self]
        while queue:
            form = queue.pop(0)
            if form.function not in found:
                found[form.function] = form
                callers = [
                    one
                    for one in form.readers
                    if one.name != form.name and any(c.function == form.function for c in one.calls)
                ]
                queue += [*form.calls, *(one for one in form.readers if one not in callers)]
        yield from found.values()


def forms_of(use: ContextUse) -> tuple[HandedForm, ...]:
    """The functions that a use hands the context on to."""
    return tuple(value for value in use.detail.values() if isinstance(value, HandedForm))


def with_handed(uses: Iterable[ContextUse]) -> Iterator[ContextUse]:
    """The uses, and in the place of a context that is handed on what is used of it."""
    for use in uses:
        forms = forms_of(use) if use.kind in ("handed", "inherited", "lifecycle", "waiting") else ()
        if not forms:
            yield use
        for form in forms:
            inner_uses = (inner for inner in form.parameters.values() if not inner.detail.get("unread"))
            yield from (inner for inner in inner_uses if inner.kind != "xcom_push")
            yield from (push for one in form.led_to() for push in one.pushes)
        base = use.detail.get("base") if use.kind == "lifecycle" else None
        if isinstance(base, ContextUse):
            yield base


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement of a file that is carried over.

    `span` covers whole lines (from column 1, without the last newline), with the decorators, the comment lines directly
    above and the comment behind; for a lambda only its expression. `drop` are parts of it to leave out (Airflow's decorators, whole
    lines). `indent` is the white space in front of its lines, to be taken away. `root` marks the callable itself.
    """

    kind: str
    """`function`, `class`, `assignment`, `lambda` or `other` (`if`, `try`, `for`, an expression)."""
    names: tuple[str, ...]
    """What it binds."""
    span: Span
    drop: tuple[Span, ...] = ()
    indent: str = ""
    root: bool = False


@dataclass(frozen=True, slots=True)
class ImportedName:
    """One name of an import statement: `import module as alias`, or `from module import name as alias`.

    `name` is None for `import module`; `*` for a star import. `level` counts the dots of a relative import, whose `module`
    is as written behind the dots. `file` is the file of the folder that it means (the submodule's where `name` is one).
    """

    module: str
    name: str | None
    alias: str | None
    span: Span
    """The whole statement."""
    kind: str
    """`stdlib`, `third_party`, `local`, `airflow` or `future`."""
    level: int = 0
    file: str | None = None
    inside: bool = False
    """It stands inside a piece (in a function body, a `try`), so it comes along with that piece."""
    type_checking: bool = False
    """It stands under `if TYPE_CHECKING:`."""
    for_effect: bool = False
    """Nothing reads the name: the module fills what another one holds while it is loaded."""

    @property
    def binds(self) -> str:
        """The name it defines."""
        return self.alias or self.name or self.module.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Closure:
    """What a callable needs of its own file and of the folder, transitively, in file order.

    Airflow's imports are in `imports` only where it `keeps_airflow`: else what is used of them is a `ContextUse` or a `Blocker`.
    """

    file: str
    """Empty for a library's function."""
    pieces: tuple[Piece, ...] = ()
    imports: tuple[ImportedName, ...] = ()
    local_modules: tuple[str, ...] = ()
    """Sorted files of the folder to be carried, packages' `__init__.py` included; `CallableAnalyzer.carried` gives their text."""
    third_party: tuple[str, ...] = ()
    """Sorted top-level names of libraries, those of the local modules included."""
    constants: Mapping[str, Value] = field(default_factory=dict)
    """Known plain values of free variables that live in an enclosing function."""
    keeps_airflow: bool = False
    """The code is moved unchanged, with all that it imports of Airflow as a library."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What an `__init__` keeps of its parameters. `kept` gives the attributes that are a parameter as it is, or something else where that is missing; `built` those that are put together of
    parameters and other text. `plain` are the parameters that are nothing else, and `doubted` those in whose place something else stands where they are
    empty. `several` are attributes that are set in more than one place, `wrapped` parameters that are put into a list or tuple where they are none."""

    kept: Mapping[str, str] = field(default_factory=dict)
    built: Mapping[str, frozenset[str]] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    doubted: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()
    wrapped: frozenset[str] = frozenset()

    def keeps(self, attribute: str, names: Set[str]) -> bool:
        """Whether an attribute that is made of parameters of these names comes to the same whether they are rendered before or after."""
        return attribute in self.kept or (bool(names) and names <= self.built.get(attribute, frozenset()) & self.plain)


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """Of a method that is called on an object: how an object of the plain class is made, and what `execute` is given.

    `parameters` are those of `__init__` that remain, `defaults` the values of those that have one.
    """

    parameters: tuple[str, ...] = ()
    defaults: Mapping[str, Value] = field(default_factory=dict)
    fields: Fields = Fields()
    forwarded: frozenset[str] = frozenset()
    """Parameters of `__init__` that are gone, as only Airflow's `__init__` took them, and have no default."""
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Parameters of `__init__` that give what Airflow's gave its object, and the members of the context that say the same, or the attribute (below
    `self`) that holds a template which `__init__` wrote there."""
    method: Span | None = None
    signature: Span | None = None
    """From the end of the method's first parameter to that of its last: what Airflow gives it."""
    body: Span | None = None
    """In front of the method's first statement, where it has a block; `margin` is the white space there, `name` the instance's name."""
    margin: str = ""
    name: str = ""
    work: str = ""
    """The operator of Airflow's that the class derives from, whose own work it may ask for."""
    changed: frozenset[str] = frozenset()
    """Attributes of that which the class may change before the work is done."""
    whole: bool = False
    """What is called is a new method, which calls those that Airflow calls one after the other."""
    of_airflow: bool = True
    """Airflow calls the method, as that of an operator; else it is called as any function is, on an object that the team's own code made, or as the
    function of an operator that has it."""
    of_operator: bool = True
    """The class derives from one of Airflow's."""
    own: tuple[tuple[str, str, str], ...] = ()
    """Of a method of an object that the team's own code made: name, text and kind of its parameters, the first one aside."""
    methods: Mapping[Span, bool] = field(default_factory=dict)
    """Of such an object: the methods of its class, and whether the one that is called may lead to them."""


@dataclass(frozen=True, slots=True)
class CallableFacts:
    closure: Closure
    context_uses: tuple[ContextUse, ...] = ()
    """In file order; also those in helpers and constants of the closure."""
    blockers: tuple[Blocker, ...] = ()
    """Why it cannot be moved; empty if it can."""
    context_parameters: tuple[str, ...] = ()
    """Parameters that Airflow fills: `**kwargs`, `**context`, and names such as `ti` and `ds` unless the task gives them."""
    returns_value: bool = False
    """A `return` with a value other than None, or a `yield`, stands in its own body."""
    instance: InstanceFacts | None = None
    """Of a method of an operator's class."""
    yields_metadata: bool = False
    """It is a generator for the metadata of assets alone, and a plain function without."""
    called: tuple[Span, ...] = ()
    """Functions of the team's own that the code names and that stay as they are written: they are handed nothing of the context."""
