-- register of week {{ macros.ds_format(ds, "%Y-%m-%d", "%G-W%V") }}
DELETE FROM permit_stats WHERE week = '{{ macros.ds_format(ds, "%Y-%m-%d", "%G-W%V") }}';
{% for district in params.districts -%}
INSERT INTO permit_stats
SELECT '{{ macros.ds_format(ds, "%Y-%m-%d", "%G-W%V") }}', '{{ district | upper }}', count(*), coalesce(sum(fee), 0)
FROM permits WHERE district = '{{ district }}'
  AND granted >= '{{ macros.ds_add(ds, -params.window_days) }}' AND granted < '{{ ds }}';
{% endfor %}
