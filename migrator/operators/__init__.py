"""The rules, one file per family of operators; adding a rule is adding a file with a `RULES` tuple."""
