"""A layout of plain order lines, and the header of their file."""

LAYOUT = {
    "name": "lines",
    "shape": "long",
    "columns": {
        "customer_id": "Customer",
        "order_date": "Date",
        "invoice": "Invoice",
        "product": "Product",
        "quantity": "Qty",
        "revenue": "Amount",
    },
    "gross_profit": "revenue",
    "divisions": ["PDM", "CAM"],
}
HEAD = "Customer,Date,Invoice,Product,Qty,Amount"
