"""Stock ledger: every way in which our people use the sqlite hook."""

import os
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pandas as pd
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseHook, Variable, task

CONN_ID = "warehouse"
CONNECTIONS = {"stock": CONN_ID}


def get_hook():
    return SqliteHook(sqlite_conn_id=CONN_ID)


def fetch_all(cursor):
    return cursor.fetchall()


def upsert(hook, rows):
    hook.insert_rows(table="stock", rows=rows, target_fields=["sku", "qty", "day"], replace=True)


def count(hook: SqliteHook, day: str) -> int:
    return hook.get_first("SELECT count(*) FROM stock WHERE day = ?", parameters=(day,))[0]


def setup_tables(**_):
    hook = get_hook()
    hook.run(
        [
            "CREATE TABLE IF NOT EXISTS stock (sku TEXT PRIMARY KEY, qty INTEGER, day TEXT)",
            "CREATE TABLE IF NOT EXISTS audit (day TEXT, what TEXT, n INTEGER)",
        ],
        autocommit=True,
    )


def load(ds, **_):
    hook = SqliteHook(CONN_ID)
    hook.insert_rows("stock", [("a", 1, ds), ("b", 2, ds)], ["sku", "qty", "day"], 1000, True)


def load_by_helper(ds, **_):
    hook = SqliteHook("warehouse")
    upsert(hook, [("c", 3, ds), ("d", 4, ds)])
    return count(hook, ds)


def with_cursor(ds, **_):
    conn = SqliteHook("warehouse").get_conn()
    cur = conn.cursor()
    cur.execute("INSERT INTO audit VALUES (?, 'cursor', 1)", (ds,))
    conn.commit()
    cur.close()
    conn.close()


def with_closing(ds, **_):
    hook = SqliteHook(sqlite_conn_id="warehouse")
    with closing(hook.get_conn()) as conn:
        with closing(conn.cursor()) as cur:
            cur.executemany("INSERT INTO audit VALUES (?, ?, ?)", [(ds, "closing", 1), (ds, "closing", 2)])
        conn.commit()


def cursor_of_hook(ds, **_):
    hook = SqliteHook("warehouse")
    cur = hook.get_cursor()
    rows = cur.execute("SELECT sku FROM stock ORDER BY sku").fetchall()
    more = SqliteHook("warehouse").get_records("SELECT sku FROM stock WHERE day = ? ORDER BY 1", (ds,))
    return [r[0] for r in (*rows, *more)]


def by_handler(ds, **_):
    rows = SqliteHook("warehouse").run(
        "SELECT sku, qty FROM stock WHERE day = ? ORDER BY 1", parameters=(ds,), handler=fetch_all
    )
    return len(rows)


def by_lambda(ds, **_):
    hook = SqliteHook("warehouse")
    return hook.run("SELECT sum(qty) FROM stock", handler=lambda cur: cur.fetchone()[0])


def returned(ds, **_):
    return SqliteHook("warehouse").run(f"INSERT INTO audit VALUES ('{ds}', 'returned', 0)")


def to_sql(ds, **_):
    df = pd.DataFrame({"day": [ds], "what": ["to_sql"], "n": [7]})
    engine = SqliteHook("warehouse").get_sqlalchemy_engine()
    df.to_sql("audit", con=engine, if_exists="append", index=False)


def by_uri(ds, **_):
    from sqlalchemy import create_engine

    engine = create_engine(SqliteHook("warehouse").get_uri())
    df = pd.read_sql("SELECT * FROM audit", engine)
    return int(df["n"].sum())


def frames(ds, **_):
    hook = SqliteHook("warehouse")
    df = hook.get_pandas_df("SELECT * FROM stock WHERE day = :day", parameters={"day": ds})
    out = Path(os.environ["DATA_DIR"]) / f"stock_{ds}.csv"
    df.to_csv(out, index=False)


def chunks(ds, **_):
    hook = SqliteHook("warehouse")
    total = 0
    for chunk in hook.get_pandas_df_by_chunks("SELECT qty FROM stock", chunksize=2):
        total += int(chunk["qty"].sum())
    return total


class Ledger:
    def __init__(self, conn_id):
        self.hook = SqliteHook(sqlite_conn_id=conn_id)

    def totals(self):
        return self.hook.get_records("SELECT what, sum(n) FROM audit GROUP BY 1 ORDER BY 1")


def by_class(ds, **_):
    return [list(r) for r in Ledger(CONN_ID).totals()]


def by_argument(conn_id, sql, **_):
    hook = SqliteHook(sqlite_conn_id=conn_id)
    rows = hook.get_records(sql)
    return len(rows)


def get_hook_of_base(**_):
    hook = BaseHook.get_hook("warehouse")
    return len(hook.get_records("SELECT * FROM audit"))


def by_param(ds, **context):
    return SqliteHook(context["params"]["conn"]).get_first("SELECT count(*) FROM stock WHERE day = ?", (ds,))[0]


def by_variable():
    return SqliteHook(Variable.get("which_warehouse", CONNECTIONS["stock"])).get_first("SELECT count(*) FROM stock")[0]


with DAG(
    "hooks_of_sqlite",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"conn": "warehouse"},
) as dag:
    ops = [
        PythonOperator(task_id=f.__name__, python_callable=f)
        for f in (
            setup_tables,
            load,
            load_by_helper,
            with_cursor,
            with_closing,
            cursor_of_hook,
            by_handler,
            by_lambda,
            returned,
            to_sql,
            by_uri,
            frames,
            chunks,
            by_class,
            get_hook_of_base,
            by_param,
            by_variable,
        )
    ]
    last = PythonOperator(
        task_id="by_argument",
        python_callable=by_argument,
        op_args=["warehouse"],
        op_kwargs={"sql": "SELECT * FROM audit"},
    )

    @task
    def taskflow(ds=None):
        with SqliteHook("warehouse").get_conn() as conn:
            conn.execute("INSERT INTO audit VALUES (?, 'with', 1)", (ds,))
        hook = get_hook()
        hook.run("UPDATE audit SET n = n + :one", parameters={"one": 1})
        hook.run(
            sql="DELETE FROM audit WHERE what = 'nothing'; DELETE FROM audit WHERE what = 'none'", split_statements=True
        )
        return hook.get_first("SELECT sum(n) FROM audit")[0]

    for a, b in zip(ops, ops[1:]):
        a >> b
    ops[-1] >> last >> taskflow()
