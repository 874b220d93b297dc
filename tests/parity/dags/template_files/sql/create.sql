CREATE TABLE IF NOT EXISTS {{ params.schema }}.{{ table_for('events') }} (day TEXT, source TEXT, n INT);
