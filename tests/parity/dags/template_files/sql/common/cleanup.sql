DELETE FROM {{ table_for('events') }} WHERE day = '{{ ds }}'
