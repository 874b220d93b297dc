SELECT sum(n) FROM visits;
