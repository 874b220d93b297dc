"""How the ops of a job wait for each other without a value: what a task requires, as orders.

Dagster collects the copies of a mapped op by themselves only, and a list that is empty as one of several copies is: something runs after both. An op
that has to be skipped where there is no copy waits for the output by which the op that makes the list says that it is not empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.model.bodies import AnyCopy
from migrator.model.plan import NOT_EMPTY, CreateOp, Order
from migrator.planning.draft import DagDraft, Source, TaskDraft
from migrator.planning.flow.failures import FAILED, caught
from migrator.planning.flow.requirements import ALWAYS
from migrator.planning.flow.skipping import has_no_copy, lossy_tasks, may_be_skipped, steers
from migrator.planning.naming.identifiers import unique
from migrator.planning.xcom.handover import handovers, output_of_value

Pair = tuple[str, str]


class Orders:
    """The orders of the ops of a job (`names` gives those of the tasks), and the ops that stand for copies in them."""

    def __init__(self, dag: DagDraft, names: dict[str, str], tags: dict[str, str]) -> None:
        self.dag, self.names, self.tags = dag, names, tags
        self.lists: dict[str, str] = {}
        """The op that makes the list a task or its group is expanded over, by the task's id."""
        self.going_on = caught(dag)
        self.skippable = may_be_skipped(dag)
        self.lossy = lossy_tasks(dag)
        self.gathered: dict[Source, str] = {}
        """The op that stands for an output of the copies of a mapped task, where that is one of several that are waited for."""

    def gather(self, task: TaskDraft, taken: set[str]) -> Iterator[CreateOp]:
        """Ops that stand for copies of mapped tasks some of which may have no output, where they are one of several inputs of a fan-in."""
        values = {handover.source for handover in handovers(task)}
        for group in task.requires:
            for source in group:
                if source in self.gathered or not self._is_gathered(source, group, task, values):
                    continue
                copies = self.names[source.task_id]
                wish = f"{copies}_failed" if source.output == FAILED else f"any_{copies}"
                name = self.gathered[source] = unique(wish, taken)
                taken.add(name)
                yield CreateOp(
                    self.dag.dag_id,
                    "",
                    name,
                    AnyCopy(copies, source.output),
                    orders=(Order(((copies, source.output),), collected=True),),
                    outputs=(("result", True),),
                    tags=self.tags,
                )

    def of(self, task: TaskDraft, values: set[str]) -> tuple[Order, ...]:
        """The orders of a task that no value says already; `values` are the tasks whose values it takes as they are."""
        return tuple(dict.fromkeys((*self.after_copies(task, values), *self.besides_copies(task, values))))

    def after_copies(self, task: TaskDraft, values: set[str]) -> Iterator[Order]:
        """Those that wait until all copies of a mapped task are over."""
        for group in task.requires:
            for source in group:
                collected = self._is_mapped(source, task) and not self._is_gathered(source, group, task, values)
                if collected and source.task_id not in values:
                    yield Order((self._pair(source),), collected=True)

    def besides_copies(self, task: TaskDraft, values: set[str]) -> Iterator[Order]:
        """The others."""
        for group in task.requires:
            yield from self._of_group(group, task, values)

    def _of_group(self, group: Sequence[Source], task: TaskDraft, values: set[str]) -> Iterator[Order]:
        standing = [source for source in group if self._is_gathered(source, group, task, values)]
        collected = [source for source in group if self._is_mapped(source, task) and source not in standing]
        plain = [source for source in group if source not in standing and source not in collected]
        given = [source for source in plain if source.task_id in values and self._says_value(source)]
        # Without its values it does not run anyway, and whatever is collected is over by then.
        if given or (collected and not standing and plain == [ALWAYS]):
            plain = [source for source in plain if source != ALWAYS]
        if len(given) == len(plain) and not standing and (given or not collected or ALWAYS in group):
            return
        some: list[Pair] = []
        if collected and not given and not any(map(self._is_always_there, plain)):
            if not plain and not all(self._needs_a_copy(task, source.task_id) for source in collected):
                return
            some = [(self.lists[source.task_id], NOT_EMPTY) for source in collected]
        found = [*map(self._pair, plain), *((self.gathered[source], "result") for source in standing), *some]
        yield Order(tuple(dict.fromkeys(found)))

    def _needs_a_copy(self, task: TaskDraft, before: str) -> bool:
        """Whether a task has to wait for what says that there is a copy: without that it would run, and no other task before it lacks its copies, too."""
        if task.tells:
            return False  # It asks what became of the copies.
        others = (group[0].task_id for group in task.requires if len(group) == 1 and group[0] != ALWAYS)
        apart = (self.dag.tasks[other] for other in others if self.lists.get(other, "") not in ("", self.lists[before]))
        return has_no_copy(self.dag, before, task) and all(has_no_copy(self.dag, before, other) for other in apart)

    def _pair(self, source: Source) -> Pair:
        return self.names[source.task_id], source.output

    def _is_gathered(self, source: Source, group: Sequence[Source], task: TaskDraft, values: set[str]) -> bool:
        """Whether an op stands for the copies. What all of them yield, unless one fails, is waited for by itself."""
        if len(group) == 1 or task.group or source.task_id in values or not self._is_mapped(source, task):
            return False
        return source.output == FAILED or source.task_id in self.lossy or source.task_id in self.skippable

    def _is_mapped(self, source: Source, task: TaskDraft) -> bool:
        """Whether there are several copies of a source for the task, which is not in the same expanded group."""
        if source == ALWAYS:
            return False
        giver = self.dag.tasks[source.task_id]
        return bool(giver.fan_out) and not (giver.group and giver.group == task.group)

    def _is_always_there(self, source: Source) -> bool:
        if source == ALWAYS:
            return True
        left_out = source.task_id in self.skippable or source.task_id in self.going_on
        return not left_out and not steers(self.dag.tasks[source.task_id])

    def _says_value(self, source: Source) -> bool:
        """Whether a task that takes the value of another one comes after that output of it by this."""
        return source.output == "result" == output_of_value(self.dag.tasks[source.task_id].lowering.body)
