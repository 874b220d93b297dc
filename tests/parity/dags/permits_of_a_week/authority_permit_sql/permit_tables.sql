CREATE TABLE IF NOT EXISTS permits (permit_no TEXT PRIMARY KEY, district TEXT, granted TEXT, fee REAL);
CREATE TABLE IF NOT EXISTS permit_stats (week TEXT, district TEXT, n INTEGER, fees REAL);
