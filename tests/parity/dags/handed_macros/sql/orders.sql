CREATE TABLE IF NOT EXISTS orders (day TEXT, line TEXT, task TEXT);
DELETE FROM orders WHERE day = '{{ ds }}';
{% for line in lines(ti) %}
INSERT INTO orders VALUES ('{{ ds }}', '{{ line }}', '{{ label(ti.task, dag_run) }}');
{% endfor %}
