import os
from dataclasses import dataclass


@dataclass
class Settings:
    name: str
    out: str
    batch: int = 10
    separator: str = ";"


_ALL = {
    "dev": dict(batch=5),
    "prod": dict(batch=500, separator="|"),
}


def load_settings(stage):
    return Settings(name=stage, out=os.environ.get("DATA_DIR", "/tmp/data"), **_ALL[stage])
