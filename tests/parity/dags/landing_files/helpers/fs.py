from pathlib import Path

from airflow.providers.standard.hooks.filesystem import FSHook


def landing_path(*parts: str) -> Path:
    hook = FSHook(fs_conn_id="landing")
    return Path(hook.get_path()).joinpath(*parts)
