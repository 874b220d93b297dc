"""A piece of source text together with what it needs."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """An expression's source, the import statements it needs, and the free names of its function that it uses.

    `simple` tells whether `.x` or `[x]` may follow without parentheses. `spec`: what the text means can also be printed inside an
    f-string as `{spec[0]:spec[1]}`.
    """

    text: str
    imports: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    simple: bool = True
    spec: tuple[str, str] | None = None

    @property
    def operand(self) -> str:
        """The text, in parentheses where something is to follow it."""
        return self.text if self.simple else f"({self.text})"

    def with_imports(self, *statements: str) -> Code:
        """The same with more imports."""
        return Code(self.text, self.imports | frozenset(statements), self.names, self.simple, self.spec)


def joined(text: str, codes: Iterable[Code], simple: bool = True) -> Code:
    """`text`, which was put together of `codes`: with the imports and names of all of them."""
    codes = list(codes)
    imports: frozenset[str] = frozenset().union(*(code.imports for code in codes))
    names: frozenset[str] = frozenset().union(*(code.names for code in codes))
    return Code(text, imports, names, simple)


def is_number(text: str) -> bool:
    """Whether a text says a number, as Python reads one."""
    try:
        float(text)
    except ValueError:
        return False
    return True
