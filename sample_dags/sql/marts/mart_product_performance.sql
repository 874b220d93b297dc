-- Sales of the last {{ params.lookback_days }} days, by product.
DROP TABLE IF EXISTS mart_product_performance;

CREATE TABLE mart_product_performance AS
WITH sold AS (
    SELECT
        sku,
        SUM(quantity) AS units,
        SUM(amount_eur) AS revenue_eur
    FROM stg_orders
    WHERE status = 'paid'
      AND order_date > '{{ macros.ds_add(ds, -params.lookback_days) }}'
      AND order_date <= '{{ ds }}'
    GROUP BY sku
)

SELECT
    p.sku,
    p.name,
    p.category,
    COALESCE(s.units, 0) AS units,
    COALESCE(s.revenue_eur, 0) AS revenue_eur,
    COALESCE(s.revenue_eur - s.units * p.cost_eur, 0) AS margin_eur
FROM raw_products AS p
LEFT JOIN sold AS s ON s.sku = p.sku;
