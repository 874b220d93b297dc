{header}|{table}
