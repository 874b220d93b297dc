DROP TABLE IF EXISTS mart_customer_value;

CREATE TABLE mart_customer_value AS
WITH orders AS (
    SELECT
        customer_id,
        COUNT(DISTINCT order_id) AS orders,
        SUM(amount_eur) AS revenue_eur,
        MAX(order_date) AS last_order_date
    FROM stg_orders
    WHERE status = 'paid' AND customer_id IS NOT NULL
    GROUP BY customer_id
)

SELECT
    c.customer_id,
    c.country,
    o.orders,
    o.revenue_eur,
    o.last_order_date,
    CASE
        WHEN o.revenue_eur >= {{ params.vip_threshold_eur }} THEN 'vip'
        WHEN o.orders > 1 THEN 'returning'
        ELSE 'new'
    END AS segment
FROM stg_customers AS c
INNER JOIN orders AS o ON o.customer_id = c.customer_id;
