set -e
echo "rows {{ ti.xcom_pull(task_ids='facts')['rows'] }} of {{ dag.dag_id }} {{ ti.try_number }}"
{% if dag_run.conf.get('full') %}echo full{% else %}echo delta{% endif %}
