#!/bin/sh
# {{ dag.dag_id }} / {{ task.task_id }}
set -eu
OUT="$DATA_DIR/register/{{ logical_date.year }}"
mkdir -p "$OUT"
{
  echo "title: {{ var.value.report_title }}"
  echo "region: {{ var.value.get('region', 'none') | upper }}"
  echo "week: {{ macros.ds_format(ds, '%Y-%m-%d', '%V') }}"
  echo "window: {{ macros.ds_add(ds, -params.window_days) }} .. {{ yesterday }}"
  echo "limit: {{ var.json.limits.max_rows }}"
} > "$OUT/register_{{ ds_nodash }}.txt"
wc -l < "$OUT/register_{{ ds_nodash }}.txt" | tr -d ' '
