"""The codes of findings: what each means, how severe it is, and what to do.

`CATALOGUE` is the one list of codes: `migrate explain CODE` prints it. MIG0xx reading, 1xx DAG structure, 2xx operators, 3xx schedules and
partitions, 4xx assets and IO, 5xx code generation, 6xx bridge. Others import it from `migrator.diagnostics`.
"""

from __future__ import annotations

from enum import Enum

from migrator.model.frozen import dataclass


class Severity(str, Enum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the most severe."""
        return ("error", "warning", "info").index(self.value)


@dataclass(frozen=True, slots=True)
class CodeDoc:
    """What a code means: `title` in a few words, `meaning` why it matters, `remedy` what to do."""

    severity: Severity
    title: str
    meaning: str
    remedy: str


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

CATALOGUE: dict[str, CodeDoc] = {
    # 0xx reading
    "MIG001": CodeDoc(
        _E,
        "Folder not found",
        "The path given does not exist or is not a folder or file.",
        "check the path; give the folder that Airflow calls `dags_folder`",
    ),
    "MIG002": CodeDoc(
        _E,
        "No DAG found",
        "No file under the folder defines a DAG, so there is nothing to analyze.",
        "give the folder that holds the DAG files; see the skipped files in the report",
    ),
    "MIG003": CodeDoc(
        _E,
        "Syntax error",
        "The file is not valid Python 3; Airflow could not load it either.",
        "fix the file or list it in `.airflowignore`",
    ),
    "MIG004": CodeDoc(
        _W,
        "Python 2 file",
        "The file uses Python 2 syntax, which no supported Airflow runs.",
        "port it to Python 3 or list it in `.airflowignore`",
    ),
    "MIG005": CodeDoc(
        _W,
        "File cannot be decoded",
        "The bytes do not fit the encoding that the file declares (UTF-8 unless a PEP 263 line says otherwise).",
        "save the file as UTF-8 or declare its encoding in the first line",
    ),
    "MIG006": CodeDoc(
        _W,
        "File too large or too deep",
        "The file is beyond the size or nesting that can be read safely.",
        "split the file, or raise `max_file_bytes` in `migrator.toml`; shorten the chain of operators",
    ),
    "MIG007": CodeDoc(
        _W,
        "File cannot be read",
        "The operating system refused to open the file, or it holds no text in UTF-8.",
        "check its permissions and encoding",
    ),
    "MIG008": CodeDoc(
        _I,
        "Zip archive not opened",
        "Airflow loads DAGs from zip files; this tool lists them but does not open them.",
        "unpack the archive into the folder",
    ),
    "MIG009": CodeDoc(
        _W,
        "Link leaves the folder",
        "A symbolic link points outside the folder given, or into a loop; it was not followed.",
        "give the target folder itself",
    ),
    "MIG010": CodeDoc(
        _E,
        "Configuration not understood",
        "`migrator.toml` has an unknown key or a value of the wrong type.",
        "correct the key that the message names",
    ),
    "MIG011": CodeDoc(
        _W,
        "Analysis of the file was cut short",
        "The file's code took more steps than the budget allows (a very long or endless loop).",
        "make the loop's bounds constant, or generate fewer tasks in one file",
    ),
    "MIG012": CodeDoc(
        _I, "Unused suppression", "A `# migrator: ignore[...]` comment suppresses nothing.", "remove the comment"
    ),
    "MIG013": CodeDoc(
        _W,
        "Ignore pattern not understood",
        "A line of `.airflowignore` is not a valid pattern in the syntax that is used, so it ignores nothing.",
        "correct the line; give `airflowignore_syntax` in `migrator.toml` where the other syntax is meant",
    ),
    "MIG014": CodeDoc(
        _E,
        "Airflow cannot be asked",
        "The Airflow that `--against` or `--activity` names is not there, refuses the login, or does not answer as Airflow does.",
        "give the Python of an Airflow environment, or the URL of Airflow's web server",
    ),
    "MIG015": CodeDoc(
        _E,
        "Activity not readable",
        "The file given by `--activity` cannot be read, or does not tell which DAGs are paused and when they ran last.",
        "give CSV or JSON with the columns dag_id, is_paused and last_run, or what `airflow dags list -o json` writes",
    ),
    "MIG016": CodeDoc(
        _W,
        "Secret in the code",
        "A password, token or key stands in the code as text; the generated project reads it from the environment.",
        "change the secret, and set the new one where the project runs (`.env.example` lists it)",
    ),
    # 1xx DAG structure
    "MIG101": CodeDoc(
        _W,
        "Condition decides structure",
        "An `if` whose condition is only known at run time decides which tasks exist; both branches were analyzed.",
        "give the value the condition depends on in `migrator.toml`",
    ),
    "MIG102": CodeDoc(
        _W,
        "Loop over an unknown sequence",
        "A loop that makes tasks runs over something only known at run time; its body was analyzed once.",
        "give the Variable or environment value in `migrator.toml`",
    ),
    "MIG103": CodeDoc(
        _W,
        "Id not known",
        "A DAG or task id is computed from something only known at run time.",
        "give the value it depends on in `migrator.toml`",
    ),
    "MIG104": CodeDoc(
        _W,
        "Import not found",
        "A module is neither in the folder nor a library that is understood; what it defines is unknown.",
        "add its folder to `roots` in `migrator.toml`",
    ),
    "MIG105": CodeDoc(
        _W,
        "Unsupported code",
        "The code uses something that cannot be followed without running it.",
        "simplify the code, or correct the result in `migrator.toml`",
    ),
    "MIG106": CodeDoc(
        _E,
        "Duplicate id",
        "Two tasks of one DAG, or two DAGs, have one id; Airflow refuses this or keeps only one.",
        "rename one of them",
    ),
    "MIG107": CodeDoc(_E, "Cycle in a DAG", "The tasks depend on each other in a circle.", "remove one of the edges"),
    "MIG108": CodeDoc(
        _E,
        "Code raises while loading",
        "The module's code raises an exception when it runs, so Airflow cannot load it.",
        "fix the file",
    ),
    "MIG109": CodeDoc(
        _I,
        "Default assumed",
        "A value that decides structure is only known at run time; the default that the code itself gives for it was assumed.",
        "give the value in `migrator.toml` if it differs",
    ),
    "MIG110": CodeDoc(
        _I,
        "Path of the deployment",
        "The code reads an absolute path of the machine where Airflow runs, or looks for template files in a folder that is only known there; the "
        "file or folder of the analyzed folder that ends so was taken, of several the one nearest to the DAG file.",
        "say in `[paths]` of `migrator.toml` what the deployment's folders are here, if it is another",
    ),
    "MIG111": CodeDoc(
        _W,
        "DAG of another file",
        "The file imports a file that defines DAGs, which Airflow then counts to both: it lists them under the one that it parsed last.",
        "move what the file needs of the other into a module that defines no DAG",
    ),
    "MIG112": CodeDoc(
        _W,
        "Work while a file is loaded",
        "A DAG file or a module that it imports writes a file, starts a program, sends a request or opens a connection whenever it is loaded, in Airflow by the "
        "scheduler and before each task. The generated project does so only where it carries the code.",
        "make it the work of a task, or of a function that tasks call",
    ),
    # 2xx operators
    "MIG201": CodeDoc(
        _W,
        "No rule for the operator",
        "No rule translates this operator, so the task stays in Airflow and is observed through the bridge.",
        "run the operator as it is inside of Dagster (`--wrap`), write a rule (see CONTRIBUTING.md), or rewrite the task by hand",
    ),
    "MIG202": CodeDoc(
        _I,
        "Argument not carried over",
        "An argument was read by no rule, so it has no effect in the generated code.",
        "check whether the argument matters; set it by hand in the generated code",
    ),
    "MIG203": CodeDoc(
        _W,
        "Callable cannot be moved",
        "The Python callable uses something that does not exist outside Airflow or outside this folder; the task stays in Airflow.",
        "remove the dependency that the message names from the function",
    ),
    "MIG204": CodeDoc(
        _W,
        "Own environment",
        "The task runs in a Python environment of its own (virtualenv, external Python) in a way that the generated project does not follow.",
        "leave out the argument, add its packages to the project, or run it with Dagster Pipes",
    ),
    "MIG205": CodeDoc(
        _W,
        "Template not understood",
        "A Jinja expression has no translation, so the task stays in Airflow.",
        "replace the expression by one of the documented ones",
    ),
    "MIG206": CodeDoc(
        _W,
        "Trigger rule has no equivalent",
        "Dagster has no trigger rules. Most become a job of ops that goes on after a failure, or a sensor; this task's cannot.",
        "see the reason that the finding gives",
    ),
    "MIG207": CodeDoc(
        _W,
        "Argument not known",
        "An argument the rule needs is only known at run time.",
        "give the value in `migrator.toml`",
    ),
    "MIG208": CodeDoc(
        _W,
        "Control flow stays in Airflow",
        "The task steers other tasks that stay in Airflow, so it stays with them.",
        "translate the tasks it steers first",
    ),
    "MIG209": CodeDoc(
        _W,
        "Template has a syntax error",
        "Jinja does not take a templated argument or a file that it names; Airflow would fail where it renders it.",
        "correct the template; write `{% raw %}...{% endraw %}` around braces that are meant as they are",
    ),
    "MIG210": CodeDoc(
        _W,
        "Value pulled from a task that does not come before",
        "A template or function pulls an XCom from a task that is not upstream, or that the DAG does not have: what it gets depends on"
        " which task is faster, or is nothing.",
        "make the task upstream (`pulled >> this`), or correct the id (with the prefix of its group)",
    ),
    # 3xx schedules and partitions
    "MIG301": CodeDoc(
        _W,
        "Schedule not known",
        "The schedule is only known at run time; no schedule is generated.",
        "give the Variable or environment value in `migrator.toml`",
    ),
    "MIG302": CodeDoc(
        _W,
        "Schedule has no cron equivalent",
        "Neither a cron expression nor an interval of whole minutes says the timetable; no schedule is generated.",
        "write the schedule by hand in the generated `automation.py`",
    ),
    "MIG303": CodeDoc(
        _I,
        "Airflow version assumed",
        "Nothing in the file tells Airflow 2 from 3; the schedule's meaning depends on it.",
        "give `--airflow-version`",
    ),
    "MIG304": CodeDoc(
        _I,
        "Catchup becomes a backfill",
        "`catchup=True` has no equivalent on a Dagster schedule: missed runs are not made up by themselves.",
        "launch a backfill for the missing partitions once",
    ),
    "MIG305": CodeDoc(
        _W,
        "Start date not known",
        "The start date is only known at run time, so the partitions' first day is a guess to correct.",
        "set the start of the partitions in the generated `automation.py`",
    ),
    "MIG306": CodeDoc(
        _W,
        "Past runs matter",
        "`depends_on_past` or `wait_for_downstream` orders runs of different dates, which cannot be kept for a job without partitions, or one that a sensor starts.",
        "limit the runs of the job to one at a time, and start them in order",
    ),
    # 4xx assets and IO
    "MIG401": CodeDoc(
        _W,
        "SQL not understood",
        "sqlglot cannot parse a statement, so the tables that it reads and writes are unknown; the task's other statements are read.",
        "declare inlets and outlets on the task, or add the tables under `[[assets]]` in `migrator.toml`",
    ),
    "MIG402": CodeDoc(
        _W,
        "Several writers of one asset",
        "More than one task writes the same thing; one Dagster asset has one producer. Tasks of a loop make an asset each, a part of it, or a "
        "partition of one; what reads it depends on all that write it last.",
        "decide which task owns it, in `migrator.toml`",
    ),
    "MIG403": CodeDoc(
        _I,
        "Hidden dependency",
        "A DAG reads what another DAG writes while no Airflow edge, sensor or dataset says so.",
        "none: the Dagster lineage shows it",
    ),
    "MIG404": CodeDoc(
        _W,
        "File not found",
        "A template or SQL file that a task names is not in the folder.",
        "add its folder to `roots` in `migrator.toml`",
    ),
    "MIG405": CodeDoc(
        _W,
        "Value of another DAG's task",
        "A task pulls an XCom that a task of another DAG pushed: no edge says so, and which run's value it gets depends on when both run.",
        "let the other DAG write the value to a table or file, or declare an asset for it in `migrator.toml`",
    ),
    "MIG406": CodeDoc(
        _W,
        "Project of dbt not found",
        "A task runs dbt, but the project is not in the folder, so its models are unknown.",
        "add the dbt project's folder to `roots` in `migrator.toml`, or put a `manifest.json` into its `target` folder",
    ),
    "MIG407": CodeDoc(
        _W,
        "Selection of dbt not understood",
        "A task runs dbt with a selection that uses a method or value that is not known; no model was made up for it.",
        "declare what the task writes under `[[assets]]` in `migrator.toml`",
    ),
    "MIG408": CodeDoc(
        _I,
        "Procedure not followed",
        "SQL calls a stored procedure; what it reads and writes stands in the database, not in the folder.",
        "declare what it writes under `[[assets]]` in `migrator.toml`",
    ),
    "MIG409": CodeDoc(
        _I,
        "Database of a dbt project not told",
        "No table tells which of Airflow's connections leads to the database of a dbt project, so its tables are listed under the name of their system.",
        "give them the connection's name under `[[assets]]` in `migrator.toml`",
    ),
    "MIG410": CodeDoc(
        _W,
        "Correction matches nothing",
        "A correction in `migrator.toml` is about data or tasks that the DAGs do not have, so it has no effect.",
        "compare it with what `migrate assets` lists, or remove it",
    ),
    "MIG411": CodeDoc(
        _W,
        "Role cannot be given",
        "A correction in `migrator.toml` gives a task a role that it cannot have, because no rule translates it.",
        "write a rule for its operator, or remove the correction",
    ),
    "MIG412": CodeDoc(
        _I,
        "Kept in Airflow by choice",
        "A correction in `migrator.toml` says that the task stays in Airflow.",
        "remove the correction to translate the task",
    ),
    "MIG413": CodeDoc(
        _I,
        "Command not understood",
        "A shell command holds something that is no valid shell, so what stands behind it is not known to read or write anything.",
        "correct the command, or declare what it reads and writes under `[[assets]]` in `migrator.toml`",
    ),
    # 5xx code generation
    "MIG501": CodeDoc(
        _E,
        "Output folder not empty",
        "The output folder holds files that this tool did not write.",
        "choose an empty or new folder",
    ),
    "MIG502": CodeDoc(
        _E,
        "Edited file cannot be merged",
        "A generated file was replaced by something that is not text, so it cannot be merged with what is generated now; nothing was written.",
        "move it elsewhere and generate again",
    ),
    "MIG503": CodeDoc(
        _E,
        "Output cannot be written",
        "The operating system refused to write the project; nothing was left behind.",
        "check the folder's permissions and the free space",
    ),
    "MIG504": CodeDoc(
        _E,
        "Generated code is not valid",
        "A generated file does not parse: a bug of this tool.",
        "please report it with the DAG",
    ),
    "MIG505": CodeDoc(
        _I, "Name changed", "An id has characters that Dagster does not allow; they were replaced.", "none"
    ),
    "MIG506": CodeDoc(
        _W,
        "DAG stays in Airflow",
        "The DAG cannot run in Dagster yet, so it stays in Airflow whole and is listed in `stays_in_airflow.json`.",
        "see the reasons of its tasks",
    ),
    "MIG507": CodeDoc(
        _E,
        "No such DAG",
        "`--select` names a DAG that the folder does not define.",
        "run `migrate analyze` to list the DAGs",
    ),
    "MIG508": CodeDoc(
        _E,
        "Project is being written",
        "Another process writes the same project at the moment; nothing was written.",
        "wait until it is done, then generate again",
    ),
    "MIG509": CodeDoc(
        _E,
        "DAG file cannot be read any more",
        "The project has DAGs of a file that cannot be read now, and would lose them; nothing was written.",
        "fix the file, or list it in `.airflowignore` where its DAGs are to go",
    ),
    "MIG510": CodeDoc(
        _E,
        "Project does not load",
        "The Dagster project raised an error while loading its definitions.",
        "read the error below; run `dg check defs` in the project",
    ),
    "MIG511": CodeDoc(
        _E,
        "Task not accounted for",
        "A task of the DAG files became nothing, or more than one thing, in the project.",
        "generate the project again",
    ),
    "MIG512": CodeDoc(
        _E,
        "Dependency lost",
        "Task A leads to task B in Airflow, but what A became does not lead to what B became.",
        "generate the project again",
    ),
    "MIG513": CodeDoc(
        _E,
        "Starts by itself",
        "A schedule or sensor is on by default, so that Airflow and Dagster would both run the DAG.",
        "set its `default_status` to `STOPPED`; start it in Dagster when the DAG is paused in Airflow",
    ),
    "MIG514": CodeDoc(
        _E,
        "Merge not finished",
        "Markers of an earlier merge still stand in a file, so it cannot be merged again; nothing was written.",
        "edit the file: keep what is right of both versions and remove the markers, then generate again",
    ),
    "MIG515": CodeDoc(
        _W,
        "Edited and generated code differ",
        "A person and the DAGs changed the same place of a generated file: both versions stand in it, between markers.",
        "edit the file: keep what is right of both versions and remove the markers",
    ),
    "MIG516": CodeDoc(
        _W,
        "Ticks differ",
        "Replayed for a year, the generated schedule starts other runs than Airflow's timetable does.",
        "change the schedule in `automation.py`, or accept the difference",
    ),
    "MIG517": CodeDoc(
        _E,
        "Ticks not computed",
        "One of the two sides of a replay could not be asked.",
        "read the error; give another `--airflow-python`, or none",
    ),
    "MIG518": CodeDoc(
        _W,
        "Merged code uses names that an edit took away",
        "A person renamed or deleted what a generated file defined, and what the DAGs added since uses it by its old name.",
        "edit the file: use the new name, or remove what needs it",
    ),
    "MIG519": CodeDoc(
        _W,
        "Edited file of what is generated elsewhere now",
        "A file that a person edited stays, and the DAGs whose tasks it defines are generated in other files now: both may define the same.",
        "take what was edited over into the new files, and delete the old one",
    ),
    "MIG520": CodeDoc(
        _E,
        "Not a generated project",
        "The folder is not a project that `migrate generate` wrote.",
        "give the folder that was passed to `migrate generate -o`",
    ),
    "MIG521": CodeDoc(
        _E,
        "A test of the project fails",
        "The project's own tests do not pass: they say what its functions do, what its jobs hold, and which partitions its schedules run.",
        "run `pytest` in the project; where the code was changed on purpose, change the test",
    ),
    "MIG522": CodeDoc(
        _E,
        "Bug of this tool",
        "An error of this tool's own met the DAG, which stays in Airflow for that; the others are not touched by it.",
        "please report it with the DAG",
    ),
    # 6xx bridge
    "MIG601": CodeDoc(
        _W,
        "DAG is split",
        "Some tasks run in Dagster and others stay in Airflow: keep the Airflow schedule until all have moved.",
        "leave the Dagster schedule stopped",
    ),
    "MIG610": CodeDoc(
        _E,
        "State of a DAG not readable",
        "The file in `migration/state` that says who runs a DAG cannot be read or written, or is not what `migrate promote` writes: "
        "nothing was changed.",
        "restore the file from version control, or delete it where Airflow runs the DAG",
    ),
    "MIG611": CodeDoc(
        _E,
        "State of a DAG being changed",
        "Another process holds the state of the DAG; nothing was changed.",
        "wait until it is done and run the command again",
    ),
    "MIG612": CodeDoc(
        _E,
        "Inventory not readable",
        "`migration/inventory.json`, which says what each DAG became, is missing, broken, or of another version of this tool.",
        "run `migrate generate` again into the project",
    ),
    "MIG620": CodeDoc(
        _E,
        "Airflow's API cannot be used",
        "The server does not answer, or what it answers is not what Airflow's API says; nothing was changed.",
        "check AIRFLOW_URL, and that Airflow is running",
    ),
    "MIG621": CodeDoc(
        _E,
        "Login to Airflow's API fails",
        "The settings for the login cannot be followed, or Airflow refuses what they give.",
        "check AIRFLOW_AUTH, AIRFLOW_USERNAME, AIRFLOW_PASSWORD and AIRFLOW_TOKEN",
    ),
    "MIG622": CodeDoc(
        _E,
        "DAG cannot be run in Airflow",
        "A DAG's asset was materialized, which starts runs in Airflow, but the DAG is paused there, is gone, or is run by Dagster now; "
        "nothing was started.",
        "unpause the DAG in Airflow, or materialize the assets of its tasks",
    ),
    "MIG630": CodeDoc(
        _E,
        "Move is not safe",
        "What was asked of `migrate promote` or `migrate rollback` would break a run, or two schedulers would start the same DAG: nothing was changed.",
        "do what is said at each reason; `--force` moves it nevertheless, and the state's history keeps the reasons",
    ),
    "MIG631": CodeDoc(
        _E,
        "No such DAG or task",
        "The project's inventory has no DAG or task of that name.",
        "`migrate units PROJECT` lists them; run `migrate generate` again where they are new",
    ),
    "MIG632": CodeDoc(
        _E,
        "DAG not in Airflow",
        "Airflow was reached, and has no such DAG or task (any more): nothing was changed.",
        "check AIRFLOW_URL, and whether the DAG's file is deployed and loads there",
    ),
    "MIG633": CodeDoc(
        _E,
        "Dagster's webserver cannot be used",
        "It does not answer, refuses, or is not the Dagster that runs this project.",
        "check DAGSTER_URL and DAGSTER_TOKEN, and that the project is loaded there",
    ),
    "MIG640": CodeDoc(
        _E,
        "DAG file cannot be patched",
        "The line that lets Dagster do the work of proxied tasks cannot be added to the DAG's file, or taken out of it: the file is as it was.",
        "install the cluster policy instead: `for_airflow/README.md` of the generated project",
    ),
    "MIG650": CodeDoc(
        _E,
        "Shadow run not possible",
        "What the task does cannot be redirected to where it changes nothing, or there is nothing to compare it with; nothing was recorded.",
        "do what is said, or run it in a Dagster of its own on a copy of the data",
    ),
    "MIG651": CodeDoc(
        _E,
        "Shadow run failed",
        "What the task became failed when it ran beside Airflow; nothing was recorded.",
        "run it in Dagster on a copy of the data to see its whole log",
    ),
}
