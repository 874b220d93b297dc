"""Which trees are kept, and which let go."""

from __future__ import annotations

from migrator.analyzers.trees import Tree, Trees
from migrator.model.source import SourceFile

TEXT = "x = 1\n" * 10


def tree_of(trees: Trees, path: str) -> Tree:
    found = trees.tree(SourceFile(path, TEXT))
    assert isinstance(found, Tree)
    return found


def test_trees_of_pythons_own_parser_are_kept_where_they_are_wanted() -> None:
    assert tree_of(Trees(), "a.py").python is None
    trees = Trees(keeps_python=True)
    found = tree_of(trees, "a.py")
    assert found.python is not None
    trees.let_go()
    assert found.python is None


def test_only_the_trees_that_were_asked_for_last_are_kept() -> None:
    trees = Trees(max_characters=2 * len(TEXT), keeps_python=True)
    for path in ("a.py", "b.py", "a.py", "c.py"):
        tree_of(trees, path)
    assert [trees.known(path) is not None for path in ("a.py", "b.py", "c.py")] == [True, False, True]
    kept = trees.known("a.py")
    trees.let_go()
    assert kept is not None and kept.python is None
