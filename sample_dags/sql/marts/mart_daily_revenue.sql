CREATE TABLE IF NOT EXISTS mart_daily_revenue (
    order_date    DATE,
    country       TEXT,
    orders        INTEGER,
    revenue_eur   NUMERIC(12, 2),
    refunded_eur  NUMERIC(12, 2)
);

DELETE FROM mart_daily_revenue WHERE order_date = '{{ ds }}';

INSERT INTO mart_daily_revenue (order_date, country, orders, revenue_eur, refunded_eur)
SELECT
    o.order_date,
    COALESCE(c.country, 'unknown') AS country,
    COUNT(DISTINCT o.order_id) AS orders,
    SUM(CASE WHEN o.status = 'paid' THEN o.amount_eur ELSE 0 END) AS revenue_eur,
    SUM(CASE WHEN o.status = 'refunded' THEN o.amount_eur ELSE 0 END) AS refunded_eur
FROM stg_orders AS o
LEFT JOIN stg_customers AS c ON c.customer_id = o.customer_id
WHERE o.order_date = '{{ ds }}'
  AND o.status <> 'cancelled'
GROUP BY o.order_date, COALESCE(c.country, 'unknown');
