"""Which rule translates a task: by its class, else by the nearest class that it inherits from.

The package's own rules are the `RULES` tuples of the modules beside this one. A team's own rules come from a file of theirs.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from migrator.diagnostics import MigratorError
from migrator.model.airflow import Task
from migrator.operators.names import canonical, decorated_class
from migrator.operators.rule import Rule

OWN_WORK = frozenset(
    "_process_output _run_image _should_run_output_processing choose_branch determine_kwargs do_branch execute execute_callable execute_query "
    "execute_sync format_command get_db_hook get_env get_hook paginate_sync poke post_execute pre_execute process_response refresh_bash_command "
    "render_template_fields run_command".split()
)
"""Methods by which a subclass does other work than its base."""


class Registry:
    """Rules by canonical class name; a later rule for a class takes the place of an earlier one. `team` are those of the team's own."""

    def __init__(self, rules: Iterable[Rule], team: Iterable[Rule] = ()) -> None:
        team = tuple(team)
        self.rules = (*rules, *team)
        self._team = frozenset(name for rule in team for name in rule.operators if not name.startswith("airflow."))
        self._by_class = {name: rule for rule in self.rules for name in rule.operators}

    def rule_for(self, task: Task) -> Rule | None:
        """The rule of the task's class or of its nearest base; None if there is none, or if the team's own class overrides
        what the base does (then only a rule that names that class knows what it does)."""
        own = self._by_class.get(canonical(f"{task.operator_module}.{task.operator}"))
        if own is None and task.decorator is not None:
            own = self._by_class.get(decorated_class(task.decorator) or "")
        if own is not None:
            return own
        for base in task.bases:
            if (rule := self._by_class.get(base)) is not None:
                # A rule for one of the team's own bases was written with it at hand; one for a library class was not.
                return None if base not in self._team and does_other_work(task) else rule
        return None

    def rule_of_class(self, name: str) -> Rule | None:
        """The rule of the class of that canonical name itself."""
        return self._by_class.get(name)


def does_other_work(task: Task) -> bool:
    """Whether the task's class is one of the team's own that overrides what its library class does."""
    return not OWN_WORK.isdisjoint(task.overrides)


def builtin_rules() -> tuple[Rule, ...]:
    """All rules of this package, in the order of their modules' names."""
    return builtin_registry().rules


@cache
def builtin_registry() -> Registry:
    """The package's own rules."""
    import migrator.operators as package

    found: list[Rule] = []
    for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda entry: entry.name):
        module = importlib.import_module(f"{package.__name__}.{entry.name}")
        found.extend(getattr(module, "RULES", ()))
    return Registry(found)


def registry_with(user_rules: Iterable[Rule]) -> Registry:
    """The package's own rules and others that go before them."""
    return Registry(builtin_rules(), user_rules)


def rule_for(task: Task, registry: Registry | None = None) -> Rule | None:
    """The rule that translates the task, or None: then it stays in Airflow (MIG201)."""
    return (registry or builtin_registry()).rule_for(task)


def load_user_rules(path: Path) -> tuple[Rule, ...]:
    """The `RULES` of a Python file of the team's own.

    This runs the file. It is the only place where this tool runs code that it was pointed to: the user names the file in their own
    configuration, as they would name a plugin; it is never looked for in the analyzed folder. Raises MigratorError (MIG010).
    """
    if not path.is_file():
        raise MigratorError("MIG010", f"the file of rules {path} does not exist", "correct `rules` in `migrator.toml`")
    spec = importlib.util.spec_from_file_location(f"migrator_user_rules_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise MigratorError("MIG010", f"the file of rules {path} is not a Python file", "name a `.py` file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        message = f"the file of rules {path} raised {type(error).__name__}: {error}"
        raise MigratorError("MIG010", message, "correct the file") from error
    rules = getattr(module, "RULES", None)
    if not isinstance(rules, tuple) or not all(isinstance(rule, Rule) for rule in rules):
        raise MigratorError(
            "MIG010",
            f"the file of rules {path} defines no `RULES`",
            "define `RULES`, a tuple of `migrator.operators.rule.Rule`",
        )
    return rules
