"""A hook that was begun as a copy of one of Airflow's."""

import os
from pathlib import Path

import airflow.security.utils as security
from airflow.configuration import conf
from airflow.hooks.base import BaseHook
from airflow.utils.file import TemporaryDirectory
from airflow.utils.helpers import as_flattened_list


class NotesHook(BaseHook):
    def __init__(self, notes_conn_id="landing"):
        self.conn = self.get_connection(notes_conn_id)
        self.folder = Path(self.conn.extra_dejson["path"])

    def owner(self):
        if conf.get("core", "security") == "kerberos":
            return security.replace_hostname_pattern(security.get_components("etl/_HOST@ACME"))
        return "/".join(security.get_components("etl/here@ACME"))

    def write(self, name, lines):
        ending = conf.get("acme", "ending", fallback=".txt")
        with TemporaryDirectory(prefix="notes_") as folder:
            draft = os.path.join(folder, "draft")
            with open(draft, "w") as file:
                file.write("\n".join(as_flattened_list((line, self.owner()) for line in lines)))
            self.last = self.folder / f"{name}{ending}"
            self.last.write_text(Path(draft).read_text())
        return self.last.name

    def written(self):
        return len(self.last.read_text().splitlines()) if hasattr(self, "last") else 0
