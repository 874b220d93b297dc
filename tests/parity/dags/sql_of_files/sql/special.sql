{% import 'lib.sql' as lib %}
INSERT INTO {{ params.table }} SELECT :d, {{ lib.plus(params.limit, 1) }}
