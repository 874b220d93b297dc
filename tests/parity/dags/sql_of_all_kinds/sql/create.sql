-- the tables; a visit is a row
CREATE TABLE IF NOT EXISTS visits (day TEXT, city TEXT, n INTEGER);
CREATE TABLE IF NOT EXISTS copies (day TEXT, city TEXT, n INTEGER, made TEXT);
CREATE TABLE IF NOT EXISTS notes (what TEXT, day TEXT);
