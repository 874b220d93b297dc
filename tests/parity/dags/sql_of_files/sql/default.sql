INSERT INTO {{ params.table }} SELECT :d, {{ params.limit }}
