"""The part of the search that reads what code does with Airflow's Variables, settings and helpers.

In: a call of a method of `Variable`, or of `conf`. Out: a use of the kind `variable` for one that is read by its name; of the kind `stored` for a call
that changes one, or reads one whose name is only known at run time.
"""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.airflow_use.airflow_settings import told_setting
from migrator.analyzers.callables.airflow_use.hook_scan import HookScanner
from migrator.analyzers.callables.airflow_use.library import replaced_name
from migrator.analyzers.callables.airflow_use.pulled_ids import pattern_of
from migrator.analyzers.callables.source.tree import descend, keywords, positional
from migrator.model.values import Value, is_known

_PARAMETERS = {
    "delete": ("key",),
    "get": ("key", "default", "deserialize_json"),
    "set": ("key", "value", "description", "serialize_json"),
    "setdefault": ("key", "default", "description", "deserialize_json"),
    "update": ("key", "value", "serialize_json"),
}
"""The methods, with the parameters that the project's own class has as well."""
_OTHER_NAMES = {"default_var": "default"}
"""What Airflow 2 calls a parameter."""


class VariableScanner(HookScanner):
    """The part of a scanner that knows Variables, settings and helpers."""

    def variable(self, node: cst.Call, qualified: str) -> bool:
        """Notes `Variable.get(...)` and its like; whether it is that."""
        owner, _, method = qualified.rpartition(".")
        if not owner.endswith(".Variable") or method not in _PARAMETERS or type(node.func) is not cst.Attribute:
            return False
        args, named = positional(node), keywords(node)
        given = dict(zip(_PARAMETERS[method], args, strict=False))
        given |= {_OTHER_NAMES.get(name, name): value for name, value in named.items()}
        if len(given) < len(node.args) or given.keys() - {*_PARAMETERS[method]}:
            return False
        name = self.frame.value(given.get("key"))
        renamed = [arg.keyword for arg in node.args if arg.keyword is not None and arg.keyword.value in _OTHER_NAMES]
        kept: dict[str, Value] = {
            "class": self.module.span(node.func.value),
            "renamed": tuple((self.module.span(keyword), _OTHER_NAMES[keyword.value]) for keyword in renamed),
        }
        if method == "get" and isinstance(name, str):
            default = given.get("default")
            json = self.frame.value(given.get("deserialize_json"))
            self.consume(node)
            detail: dict[str, Value] = {"json": json is True, "has_default": default is not None, **kept}
            if default is not None:
                detail["default"] = self.default(default)
            self.use("variable", name, self.module.span(node), node, **detail)
            return True
        known = name if isinstance(name, str) else ""
        pattern = "" if known else pattern_of(self.frame, given["key"]) if "key" in given else ""
        self.use("stored", known, self.module.span(node), **kept, pattern=pattern, changes=method != "get")
        self.consume(node.func)
        for arg in node.args:
            self.visit(arg.value)
        return True

    def setting(self, node: cst.Call, qualified: str) -> bool:
        """Notes `conf.get("mail", "sender")`, a setting that is told by its environment variable; whether it is that."""
        found = told_setting(self.frame, node, qualified)
        if found is None:
            return False
        self.consume(node)
        default = {"has_default": found.has_default, "default": found.default}
        if found.fallback is not None:
            default = {"has_default": True, "default": self.default(found.fallback)}
        self.use("variable", found.variable, self.module.span(node), node, json=False, env=True, **default)
        return True

    def helper_use(self, node: cst.Name | cst.Attribute) -> bool:
        helper = replaced_name(self.module, node)
        if helper is None:
            return False
        self.use(
            "library",
            node.attr.value if isinstance(node, cst.Attribute) else node.value,
            self.module.span(node),
            text=helper,
        )
        self.consume(node)
        return True

    def default(self, node: cst.BaseExpression | None) -> Value:
        """A default as a value; unknown with its source where it is not plain: then the names it reads are needed."""
        value = self.frame.value(node) if node is not None else None
        if is_known(value) or node is None:
            return value
        self.stays(node)
        return self.frame.unknown(node)

    def stays(self, node: cst.BaseExpression) -> None:
        """Reads a part of a use that stays in the code."""
        self.found.consumed.difference_update(item for item in descend(node) if type(item) is cst.Name)
        self.visit(node)
