CREATE TABLE IF NOT EXISTS stg_orders (
    order_id     BIGINT,
    order_date   DATE,
    customer_id  BIGINT,
    sku          TEXT,
    channel      TEXT,
    status       TEXT,
    quantity     INTEGER,
    amount_eur   NUMERIC(12, 2)
);

DELETE FROM stg_orders WHERE order_date = '{{ ds }}';

INSERT INTO stg_orders (order_id, order_date, customer_id, sku, channel, status, quantity, amount_eur)
SELECT
    order_id,
    order_date,
    NULLIF(customer_id, 0),
    sku,
    channel,
    status,
    quantity,
    amount_eur
FROM raw_orders
WHERE order_date = '{{ ds }}';
