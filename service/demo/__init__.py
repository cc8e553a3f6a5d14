"""The demo: one day of a warehouse, derived from real order history and played on a real server.

`history` reads the orders, `orders` folds them into one day, `floor` and `site` derive the
building, the items and the stock, `day` writes the timeline, `tours` walks the pickers and `report`
draws the result. These are pure: data in, data out, the same every time.

`run` plays the day: `process` runs the server, `desk` calls it, `opening` loads the site, `dock`,
`channels`, `flash`, `picking` and `shipping` do the day's work, `night` streams, `reckoning` and
`summary` add it up. They hold no stock of their own; what the server says is what is.
"""
