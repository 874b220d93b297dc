"""What every process of the pool needs; imported once, before the first of them starts."""

import migrator.analyzers.interpreter.airflow_objects
import migrator.analyzers.interpreter.expressions
import migrator.analyzers.interpreter.library
import migrator.analyzers.interpreter.machine
import migrator.analyzers.interpreter.statements
import migrator.analyzers.io
import migrator.pipeline.files
import migrator.pipeline.pickling  # noqa: F401
