CREATE TABLE IF NOT EXISTS fills (day TEXT, task TEXT, n INTEGER, region TEXT);
{% include 'values.sql' %}
{% for n in ti.xcom_pull(task_ids='numbers') %}
INSERT INTO fills VALUES ('{{ ds }}', '{{ ti.task_id }}', {{ n }}, '{{ ti.xcom_pull(task_ids="facts", key="region") }}');
{% endfor %}
DELETE FROM fills WHERE n > {{ ti.xcom_pull(task_ids='facts')['rows'] }} AND task = '{{ task.task_id }}';
