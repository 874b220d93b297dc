DELETE FROM {{ params.table }} WHERE day = '{{ ds }}';

INSERT INTO {{ params.table }} (day, orders, revenue_eur, previous_revenue_eur)
WITH paid AS (
    SELECT order_date, order_id, amount_eur
    FROM raw_orders
    WHERE status = 'paid' AND order_date IN ('{{ ds }}', '{{ macros.ds_add(ds, -1) }}')
)

SELECT
    '{{ ds }}',
    COUNT(DISTINCT CASE WHEN order_date = '{{ ds }}' THEN order_id END),
    SUM(CASE WHEN order_date = '{{ ds }}' THEN amount_eur ELSE 0 END),
    SUM(CASE WHEN order_date = '{{ macros.ds_add(ds, -1) }}' THEN amount_eur ELSE 0 END)
FROM paid;
