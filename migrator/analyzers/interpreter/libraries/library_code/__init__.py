"""Classes of Python's standard library and of packages that DAG files use, as code that the interpreter reads as a team's own; nothing imports it.

Each file has the classes of some modules, in as much as code that defines DAGs makes use of them: what locks, processes and the
clock would do is left out. `library_classes` has the table of what is here.
"""
