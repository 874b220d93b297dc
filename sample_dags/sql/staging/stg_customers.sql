DROP TABLE IF EXISTS stg_customers;

CREATE TABLE stg_customers AS
SELECT
    customer_id,
    name,
    city,
    country,
    signup_date,
    newsletter
FROM raw_customers
WHERE email LIKE '%@%';
