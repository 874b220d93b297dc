"""Code shared by Fernwood's DAGs: file locations, cleaning rules, features, alerting."""
