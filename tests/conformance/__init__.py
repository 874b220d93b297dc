"""The analysis compared with Airflow itself, over the example DAGs that Airflow's own wheels bring.

python -m tests.conformance          # or: make conformance
"""
