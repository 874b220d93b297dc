SELECT day, total FROM {{ params.table }} WHERE day = '{{ ds }}'
