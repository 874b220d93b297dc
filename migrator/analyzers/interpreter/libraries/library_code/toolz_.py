"""Functions of toolz, cytoolz, more_itertools and inflection that code which defines DAGs makes use of."""

# ruff: noqa
# mypy: ignore-errors

import re
from functools import reduce


def _dicts(dicts):
    return dicts[0] if len(dicts) == 1 and not isinstance(dicts[0], dict) else dicts


def merge(*dicts, **kwargs):
    found = {}
    for one in _dicts(dicts):
        found.update(one)
    return found


def merge_with(func, *dicts, **kwargs):
    found = {}
    for one in _dicts(dicts):
        for key, value in one.items():
            found.setdefault(key, []).append(value)
    return {key: func(values) for key, values in found.items()}


def get_in(keys, coll, default=None, no_default=False):
    try:
        return reduce(lambda inner, key: inner[key], keys, coll)
    except (KeyError, IndexError, TypeError):
        if no_default:
            raise
        return default


def valmap(func, d):
    return {key: func(value) for key, value in d.items()}


def keymap(func, d):
    return {func(key): value for key, value in d.items()}


def itemmap(func, d):
    return dict(func(pair) for pair in d.items())


def valfilter(predicate, d):
    return {key: value for key, value in d.items() if predicate(value)}


def keyfilter(predicate, d):
    return {key: value for key, value in d.items() if predicate(key)}


def itemfilter(predicate, d):
    return {key: value for key, value in d.items() if predicate((key, value))}


def assoc(d, key, value):
    return {**d, key: value}


def dissoc(d, *keys):
    return {key: value for key, value in d.items() if key not in keys}


def groupby(key, seq):
    found = {}
    for item in seq:
        found.setdefault(key(item) if callable(key) else item[key], []).append(item)
    return found


def concat(seqs):
    return iter([item for seq in seqs for item in seq])


def concatv(*seqs):
    return concat(seqs)


def unique(seq, key=None):
    seen = []
    kept = []
    for item in seq:
        mark = item if key is None else key(item)
        if mark not in seen:
            seen.append(mark)
            kept.append(item)
    return iter(kept)


def partition_all(n, seq):
    items = list(seq)
    return iter([tuple(items[start : start + n]) for start in range(0, len(items), n)])


def partition(n, seq):
    items = list(seq)
    return iter([tuple(items[start : start + n]) for start in range(0, len(items) - n + 1, n)])


def sliding_window(n, seq):
    items = list(seq)
    return iter([tuple(items[start : start + n]) for start in range(len(items) - n + 1)])


def compose(*funcs):
    return lambda *args, **kwargs: reduce(lambda value, func: func(value), funcs[-2::-1], funcs[-1](*args, **kwargs))


def pipe(data, *funcs):
    return reduce(lambda value, func: func(value), funcs, data)


def identity(x):
    return x


def first(seq, default=None):
    for item in seq:
        return item
    return default


def second(seq):
    return list(seq)[1]


def last(seq, default=None):
    items = list(seq)
    return items[-1] if items else default


def take(n, seq):
    return iter(list(seq)[:n])


def one(seq):
    (item,) = list(seq)
    return item


def flatten(seqs):
    return concat(seqs)


def _collapsed(value):
    if isinstance(value, (str, bytes)):
        return [value]
    try:
        return [item for inner in value for item in _collapsed(inner)]
    except TypeError:
        return [value]


def collapse(iterable):
    return iter(_collapsed(iterable))


def always_iterable(obj, base_type=(str, bytes)):
    if obj is None:
        return iter(())
    return iter([obj]) if isinstance(obj, (*base_type, int, float)) else iter(obj)


def underscore(word):
    word = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", word)
    word = re.sub(r"([a-z\d])([A-Z])", r"\1_\2", word)
    return word.replace("-", "_").lower()


def camelize(string, uppercase_first_letter=True):
    if uppercase_first_letter:
        return re.sub(r"(?:^|_)(.)", lambda match: match.group(1).upper(), string)
    return string[0].lower() + camelize(string)[1:]


def dasherize(word):
    return word.replace("_", "-")


def humanize(word):
    word = re.sub(r"_id$", "", word).replace("_", " ")
    return word[:1].upper() + word[1:].lower()
