"""What every process of the pool needs; imported once, before the first of them starts.

Most of it is otherwise imported when a file first needs it, which each process would then do by itself.
"""

import tree_sitter_bash
import yaml

import migrator.analyzers.copies
import migrator.analyzers.dimensions
import migrator.analyzers.interpreter.airflow.objects
import migrator.analyzers.interpreter.export
import migrator.analyzers.interpreter.freeze
import migrator.analyzers.interpreter.held
import migrator.analyzers.interpreter.language.calls
import migrator.analyzers.interpreter.language.expressions
import migrator.analyzers.interpreter.language.statements
import migrator.analyzers.interpreter.libraries.library
import migrator.analyzers.interpreter.machine
import migrator.analyzers.interpreter.modules
import migrator.analyzers.io
import migrator.analyzers.io.python.effects
import migrator.analyzers.io.python.library.any
import migrator.analyzers.io.python.task
import migrator.analyzers.io.sql_jinja
import migrator.analyzers.io.sql_statements
import migrator.analyzers.light
import migrator.analyzers.secret_literals
import migrator.analyzers.templates.uses
import migrator.pipeline.files
import migrator.pipeline.pickling
from migrator.analyzers.io.programs import is_program
from migrator.analyzers.io.python.library import packages
from migrator.operators.registry import builtin_registry

__all__ = ["migrator", "tree_sitter_bash", "yaml"]

is_program("cp")
packages()
builtin_registry()
