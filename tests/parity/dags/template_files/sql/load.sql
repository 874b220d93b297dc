{% set sources = [params.source, 'app'] %}
INSERT INTO {{ table_for('events') }} (day, source, n)
{% for s in sources -%}
SELECT '{{ ds }}', '{{ s }}', {{ loop.index }}{% if not loop.last %} UNION ALL {% endif %}
{% endfor %}
