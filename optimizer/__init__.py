"""Plans over a snapshot of the stock: frozen problem in, plan with status and bound out.

Never imported by the engine. A plan comes back to it as a command that is checked row by row.
"""
