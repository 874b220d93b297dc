-- One row, one column: true when every product that was sold is in the catalogue.
SELECT COUNT(*) = 0
FROM stg_orders AS o
LEFT JOIN raw_products AS p ON p.sku = o.sku
WHERE o.order_date = '{{ ds }}' AND p.sku IS NULL;
