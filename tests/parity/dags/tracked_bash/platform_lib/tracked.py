from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator


class TrackedBashOperator(BashOperator):
    def __init__(self, tracking_dir, **kwargs):
        super().__init__(**kwargs)
        self.tracking_dir = tracking_dir

    def execute(self, context):
        try:
            result = super().execute(context)
        except Exception as error:
            self.track(context, "failed", "error")
            raise
        self.track(context, "ok", result)
        return result

    def track(self, context, state, detail):
        folder = Path(self.tracking_dir)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{context['ds']}.log").open("a") as log:
            log.write(f"{context['task_instance'].task_id} {state} {detail}\n")


class ImportScriptOperator(TrackedBashOperator):
    """Imports a dataset by the script of that name."""

    def __init__(self, dataset, out_dir, **kwargs):
        super().__init__(
            bash_command=f'echo "$DATASET of $RUN_DAY" > {out_dir}/{dataset}_{{{{ ds }}}}.txt; echo {dataset}',
            **kwargs,
        )
        self.dataset = dataset

    def execute(self, context):
        self.log.info("importing %s", self.dataset)
        return super().execute(context)
