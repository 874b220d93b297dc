{% include 'common/header.txt' %}
SELECT * FROM {{ table_for("events") }} WHERE day BETWEEN '{{ macros.ds_add(ds, -7) }}' AND '{{ ds }}'
