INSERT INTO fills VALUES ('{{ dag_run.logical_date | ds }}', 'included', {{ ti.xcom_pull('facts').rows }}, '{{ dag_run.conf.get('level', params.level) }}');
