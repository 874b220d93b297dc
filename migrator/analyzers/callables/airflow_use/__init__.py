"""Where code touches Airflow: its context, hooks, XComs, messages, events of assets."""
