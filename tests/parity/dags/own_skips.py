"""Airflow 2: operators of the team's own that say themselves which of the tasks after them are skipped."""

import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.decorators import task
from airflow.models import BaseOperator
from airflow.models.skipmixin import SkipMixin
from airflow.operators.python import PythonOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class SkipOthersOperator(BaseOperator, SkipMixin):
    """Skips those of the tasks right after it that are named, on some days of the week."""

    def __init__(self, skip_ids, only_on, **kwargs):
        super().__init__(**kwargs)
        self.skip_ids, self.only_on = skip_ids, only_on

    def execute(self, context):
        if context["logical_date"].strftime("%a") in self.only_on:
            chosen = [t for t in context["task"].get_direct_relatives(upstream=False) if t.task_id in self.skip_ids]
            self.skip(context["dag_run"], context["logical_date"], chosen, map_index=context["ti"].map_index)
            return sorted(t.task_id for t in chosen)
        return []


class FollowOperator(BaseOperator, SkipMixin):
    """Goes on with what a rule says, and hands over something else."""

    template_fields = ("rule",)

    def __init__(self, rule, **kwargs):
        super().__init__(**kwargs)
        self.rule = rule

    def execute(self, context):
        self.skip_all_except(context["ti"], [name for name in self.rule.split() if name != "-"])
        return len(self.rule)


class StopOperator(SkipMixin, BaseOperator):
    """Skips all that comes right after it, but for those with an ending."""

    def __init__(self, ending, **kwargs):
        super().__init__(**kwargs)
        self.ending = ending

    def execute(self, context):
        kept = []
        for one in self.downstream_list:
            if not one.task_id.endswith(self.ending):
                kept.append(one)
        if kept:
            self.skip(dag_run=context["dag_run"], execution_date=None, tasks=kept)


class AuditedSkip(SkipOthersOperator):
    """Writes down what it skipped."""

    def post_execute(self, context, result=None):
        Path(DATA_DIR, f"{context['ds']}_{self.task_id}.txt").write_text(" ".join(result))


class LoggedSkip(SkipOthersOperator):
    def execute(self, context):
        found = super().execute(context)
        Path(DATA_DIR, f"{context['ds']}_{self.task_id}.txt").write_text(" and ".join(found))
        return found[:1]


def note(name, ds=None):
    Path(DATA_DIR, f"{ds}_{name}.txt").write_text(name)


def noting(task_id, **more):
    return PythonOperator(task_id=task_id, python_callable=note, op_args=[task_id], **more)


with DAG("own_skips", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    some = SkipOthersOperator(task_id="some", skip_ids={"phone", "letter"}, only_on=("Sat", "Sun"))
    phone, mail = noting("phone"), noting("mail")
    # Right after `some` and after one that it leads to.
    letter = noting("letter", trigger_rule="none_failed_min_one_success")
    told = noting("told", trigger_rule="none_failed_min_one_success")
    some >> [phone, mail, letter]
    mail >> letter
    [phone, mail, letter] >> told

    follow = FollowOperator(task_id="follow", rule="left {{ 'right' if ds_nodash[-1] == '6' else '-' }}")
    left, right = noting("left"), noting("right")
    join = noting("join", trigger_rule="none_failed_min_one_success")
    follow >> [left, right, join]
    [left, right] >> join

    stop = StopOperator(task_id="stop", ending="kept")
    stop >> [noting("gone"), noting("is_kept")]

    # Names one that comes later, and one from elsewhere that leads to what is right after it.
    further = FollowOperator(task_id="further", rule="last mail")
    middle, mailed = noting("middle"), noting("mailed")
    further >> [middle, mailed]
    mail >> mailed
    middle >> noting("last", trigger_rule="none_failed")

    audited = AuditedSkip(task_id="audited", skip_ids={"first"}, only_on=("Sat",))
    logged = LoggedSkip(task_id="logged", skip_ids={"third", "fourth"}, only_on=("Sat",))
    audited >> [noting("first"), logged]
    logged >> [noting("second"), noting("third"), noting("fourth")]

    @task(trigger_rule="all_done")
    def report(ti=None):
        return [ti.xcom_pull(task_ids=name) for name in ("some", "follow", "stop")]

    [told, join] >> report()
