select
    order_id,
    order_date,
    customer_id,
    sku,
    channel,
    quantity,
    amount_eur
from {{ source('warehouse', 'stg_orders') }}
where status = 'paid'
