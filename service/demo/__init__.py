"""The demo: one day of a warehouse, derived from real order history.

`history` reads the orders, `orders` folds them into one day, `floor` and `site` derive the
building, the items and the stock, `day` writes the timeline, `tours` walks the pickers and
`report` draws the result. All of it is pure: data in, data out, the same every time.
"""
