"""Single classes of modules that have no file of their own here."""

# ruff: noqa
# mypy: ignore-errors

import _string
import re


class ModuleType:
    def __init__(self, name, doc=None):
        self.__name__ = name
        self.__doc__ = doc


class Namespace:
    def __init__(self, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __contains__(self, key):
        return key in self.__dict__


class Formatter:
    def format(self, format_string, /, *args, **kwargs):
        return format_string.format(*args, **kwargs)

    def parse(self, format_string):
        return _string.formatter_parser(format_string)

    def vformat(self, format_string, args, kwargs):
        return format_string.format(*args, **kwargs)


class Template:
    delimiter = "$"
    idpattern = "[_a-zA-Z][_a-zA-Z0-9]*"
    braceidpattern = None

    def __init__(self, template):
        self.template = template

    def _replaced(self, values, strict):
        sign = re.escape(self.delimiter)
        braced = self.braceidpattern or self.idpattern

        def one(match):
            if match.group(1):
                return self.delimiter
            name = match.group(2) or match.group(3)
            if name not in values:
                if strict:
                    raise KeyError(name)
                return match.group(0)
            return str(values[name])

        return re.sub(f"{sign}(?:({sign})|({self.idpattern})|{{({braced})}})", one, self.template)

    def substitute(self, mapping=(), /, **kws):
        return self._replaced({**dict(mapping), **kws}, True)

    def safe_substitute(self, mapping=(), /, **kws):
        return self._replaced({**dict(mapping), **kws}, False)


class _CompareKey:
    def __init__(self, compare, obj):
        self._compare = compare
        self.obj = obj

    def __lt__(self, other):
        return self._compare(self.obj, other.obj) < 0

    def __gt__(self, other):
        return self._compare(self.obj, other.obj) > 0

    def __le__(self, other):
        return self._compare(self.obj, other.obj) <= 0

    def __ge__(self, other):
        return self._compare(self.obj, other.obj) >= 0

    def __eq__(self, other):
        return self._compare(self.obj, other.obj) == 0


def cmp_to_key(mycmp):
    return lambda obj: _CompareKey(mycmp, obj)
