"""`contextvars`, in one context."""

# ruff: noqa
# mypy: ignore-errors

_UNSET = object()


class Token:
    MISSING = _UNSET

    def __init__(self, var, old_value):
        self.var = var
        self.old_value = old_value


class ContextVar:
    def __init__(self, name, *, default=_UNSET):
        self.name = name
        self._default = default
        self._value = _UNSET

    def get(self, default=_UNSET):
        if self._value is not _UNSET:
            return self._value
        if default is not _UNSET:
            return default
        if self._default is not _UNSET:
            return self._default
        raise LookupError(self.name)

    def set(self, value):
        token = Token(self, self._value)
        self._value = value
        return token

    def reset(self, token):
        self._value = token.old_value
