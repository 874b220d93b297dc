-- Raw layer: the files as they are, one table each.
CREATE TABLE IF NOT EXISTS raw_orders (
    order_id        BIGINT,
    customer_id     BIGINT,
    ordered_at      TEXT,
    sku             TEXT,
    quantity        INTEGER,
    unit_price_eur  NUMERIC(12, 2),
    channel         TEXT,
    status          TEXT,
    order_date      DATE,
    amount_eur      NUMERIC(12, 2)
);

CREATE TABLE IF NOT EXISTS raw_customers (
    customer_id  BIGINT,
    name         TEXT,
    email        TEXT,
    city         TEXT,
    country      TEXT,
    signup_date  DATE,
    newsletter   INTEGER
);

CREATE TABLE IF NOT EXISTS raw_products (
    sku        TEXT,
    name       TEXT,
    category   TEXT,
    price_eur  NUMERIC(12, 2),
    cost_eur   NUMERIC(12, 2)
);

CREATE TABLE IF NOT EXISTS raw_stock (
    sku        TEXT,
    warehouse  TEXT,
    on_hand    INTEGER
);
