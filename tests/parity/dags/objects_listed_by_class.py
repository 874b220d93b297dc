"""Objects that their class lists when they are made, which the tasks then ask the class for."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from airflow.sdk import DAG, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")


@dataclass
class Feed:
    code: str
    ALL: ClassVar[list["Feed"]] = []

    def __post_init__(self):
        Feed.ALL.append(self)


class Shop:
    by_name = {}

    def __init__(self, name, city):
        self.name, self.city = name, city
        self.__class__.by_name[name] = self


class Outlet(Shop):
    def __init__(self, name):
        super().__init__(name, "outlet " + name)


A = Feed("a")
FEEDS = [Feed(code) for code in ("b", "c")]
Shop("north", "Kiel")
Outlet("south")

with DAG("objects_listed_by_class", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def count(ds=None):
        Path(OUT, f"feeds_{ds}").write_text(" ".join(feed.code for feed in Feed.ALL))

    @task
    def cities(ds=None):
        Path(OUT, f"shops_{ds}").write_text(" ".join(sorted(f"{k}={v.city}" for k, v in Shop.by_name.items())))

    count() >> cities()
