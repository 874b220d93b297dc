#!/bin/bash
echo "export {{ ds_nodash }} $DAY {{ params.schema }}" > $OUT/export_{{ ds }}.txt
