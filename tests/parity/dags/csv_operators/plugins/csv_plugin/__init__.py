from airflow.plugins_manager import AirflowPlugin


class CsvPlugin(AirflowPlugin):
    name = "csv_plugin"
