SELECT id, name, '{{ ds }}' AS day FROM a
UNION ALL
SELECT id, name, '{{ ds }}' AS day FROM b
ORDER BY {{ params.order }}
