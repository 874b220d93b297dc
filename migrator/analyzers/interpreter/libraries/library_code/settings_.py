"""Packages for settings: box, munch, addict, easydict, omegaconf, decouple, environs, dotenv, ruamel.yaml."""

# ruff: noqa
# mypy: ignore-errors

import json
import os
import re
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import yaml

_UNSET = object()
_OPTIONS = ("default_box", "frozen_box", "box_dots", "camel_killer_box", "box_safe_prefix", "default_box_attr")
_FALSE = ("", "0", "f", "false", "n", "no", "off")


def _boxed(kind, value):
    if isinstance(value, dict) and not isinstance(value, kind):
        return kind(value)
    if isinstance(value, (list, tuple)):
        return type(value)([_boxed(kind, item) for item in value])
    return value


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([_plain(item) for item in value])
    return value


class Munch(dict):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.update(*args, **kwargs)

    def update(self, *args, **kwargs):
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError(name)

    def __setattr__(self, name, value):
        self[name] = value

    @classmethod
    def fromDict(cls, value):
        return munchify(value)

    def toDict(self):
        return _plain(self)

    def copy(self):
        return type(self)(self)


class Box(Munch):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{key: value for key, value in kwargs.items() if key not in _OPTIONS})

    def __setitem__(self, key, value):
        super().__setitem__(key, _boxed(Box, value))

    def to_dict(self):
        return _plain(self)

    @classmethod
    def from_yaml(cls, yaml_string=None, filename=None, encoding="utf-8", errors="strict", **options):
        return cls(yaml.safe_load(yaml_string if filename is None else Path(filename).read_text()))

    @classmethod
    def from_json(cls, json_string=None, filename=None, encoding="utf-8", errors="strict", **options):
        return cls(json.loads(json_string if filename is None else Path(filename).read_text()))

    def merge_update(self, *args, **kwargs):
        _merged(self, dict(*args, **kwargs))


class EasyDict(Munch):
    def __setitem__(self, key, value):
        super().__setitem__(key, _boxed(EasyDict, value))


class Dict(Munch):
    def __setitem__(self, key, value):
        super().__setitem__(key, _boxed(Dict, value))

    def __getattr__(self, name):
        return self[name]

    def __missing__(self, key):
        self[key] = made = Dict()
        return made

    def to_dict(self):
        return _plain(self)


def munchify(value):
    if isinstance(value, dict):
        return Munch({key: munchify(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return type(value)([munchify(item) for item in value])
    return value


def unmunchify(value):
    return _plain(value)


def _merged(target, *sources):
    for source in sources:
        for key, value in source.items():
            if isinstance(value, dict) and isinstance(target.get(key), dict):
                _merged(target[key], value)
            elif isinstance(value, list) and isinstance(target.get(key), list):
                target[key] = [*target[key], *value]
            else:
                target[key] = value
    return target


def always_merger_merge(base, nxt):
    return _merged(base, nxt)


def mergedeep_merge(destination, *sources, strategy=None):
    for source in sources:
        for key, value in source.items():
            if isinstance(value, dict) and isinstance(destination.get(key), dict):
                mergedeep_merge(destination[key], value)
            else:
                destination[key] = value
    return destination


class DictConfig(Munch):
    def __setitem__(self, key, value):
        super().__setitem__(key, _boxed(DictConfig, value))


def _resolved(value, root):
    if isinstance(value, dict):
        return {key: _resolved(item, root) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, root) for item in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\$\{([^${}]+)\}", value)
    if whole:
        return _interpolated(whole.group(1), root)
    return re.sub(r"\$\{([^${}]+)\}", lambda match: str(_interpolated(match.group(1), root)), value)


def _interpolated(path, root):
    kind, colon, rest = path.partition(":")
    if colon and kind in ("oc.env", "env"):
        name, _, default = rest.partition(",")
        return os.environ.get(name, default.strip()) if default else os.environ[name]
    found = root
    for part in path.split("."):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return _resolved(found, root)


class OmegaConf:
    @staticmethod
    def create(value=None):
        value = yaml.safe_load(value) if isinstance(value, str) else value
        plain = _plain(value or {})
        return _boxed(DictConfig, _resolved(plain, plain))

    @staticmethod
    def load(file):
        text = Path(file).read_text() if isinstance(file, (str, Path)) else file.read()
        return OmegaConf.create(text)

    @staticmethod
    def merge(*configs):
        plain = mergedeep_merge({}, *[_plain(config) for config in configs])
        return OmegaConf.create(plain)

    @staticmethod
    def to_container(config, *, resolve=False, throw_on_missing=False):
        return _plain(config)

    @staticmethod
    def select(config, key, default=None):
        for part in key.split("."):
            if part not in config:
                return default
            config = config[part]
        return config


def _truth(value):
    return value.strip().lower() not in _FALSE if isinstance(value, str) else bool(value)


def config(option, default=_UNSET, cast=None):
    value = os.environ[option] if default is _UNSET else os.environ.get(option, default)
    if cast is None or value is None:
        return value
    return _truth(value) if cast is bool else cast(value)


class Csv:
    def __init__(self, cast=str, delimiter=",", strip=" ", post_process=list):
        self.cast, self.delimiter, self.post_process = cast, delimiter, post_process

    def __call__(self, value):
        parts = [part.strip() for part in (value or "").split(self.delimiter)]
        return self.post_process([self.cast(part) for part in parts if part])


class Env:
    def __init__(self, *, eager=True, expand_vars=False, prefix=None, **kwargs):
        self._prefix = prefix or ""

    @contextmanager
    def prefixed(self, prefix):
        before, self._prefix = self._prefix, self._prefix + prefix
        try:
            yield self
        finally:
            self._prefix = before

    def _get(self, name, default, cast):
        name = self._prefix + name
        value = os.environ[name] if default is _UNSET else os.environ.get(name, default)
        return cast(value) if isinstance(value, str) else value

    def __call__(self, name, default=_UNSET, **kwargs):
        return self._get(name, default, str)

    def str(self, name, default=_UNSET, **kwargs):
        return self._get(name, default, lambda value: value)

    def int(self, name, default=_UNSET, **kwargs):
        return self._get(name, default, int)

    def float(self, name, default=_UNSET, **kwargs):
        return self._get(name, default, float)

    def bool(self, name, default=_UNSET, **kwargs):
        return self._get(name, default, _truth)

    def list(self, name, default=_UNSET, subcast=None, delimiter=",", **kwargs):
        return self._get(
            name, default, lambda value: [(subcast or str)(part) for part in value.split(delimiter) if part]
        )

    def dict(self, name, default=_UNSET, subcast_keys=None, subcast_values=None, **kwargs):
        def pairs(value):
            rows = [part.split("=", 1) for part in value.split(",") if part]
            return {(subcast_keys or str)(key.strip()): (subcast_values or str)(item.strip()) for key, item in rows}

        return self._get(name, default, pairs)

    def json(self, name, default=_UNSET, **kwargs):
        return self._get(name, default, json.loads)

    def path(self, name, default=_UNSET, **kwargs):
        return self._get(name, default, Path)

    def timedelta(self, name, default=_UNSET, **kwargs):
        return self._get(name, default, lambda value: timedelta(seconds=int(value)))

    def date(self, name, default=_UNSET, **kwargs):
        return self._get(name, default, date.fromisoformat)

    def datetime(self, name, default=_UNSET, **kwargs):
        return self._get(name, default, datetime.fromisoformat)

    def enum(self, name, enum=None, default=_UNSET, by_value=False, **kwargs):
        return self._get(name, default, enum if by_value else lambda value: enum[value])

    def read_env(self, path=None, **kwargs):
        return load_dotenv(path)

    def seal(self):
        pass


def load_dotenv(dotenv_path=None, **kwargs):
    return True  # such files hold secrets: their variables stay what the user tells of them


class YAML:
    def __init__(self, *, typ=None, **kwargs):
        self.typ = typ

    def load(self, stream):
        return yaml.safe_load(stream.read_text() if isinstance(stream, Path) else stream)

    def load_all(self, stream):
        return yaml.safe_load_all(stream.read_text() if isinstance(stream, Path) else stream)
