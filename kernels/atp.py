Events = list
def make_events(*a, **k):
    return [{}, 0]
def put_event(ev, slot, pool, t, units):
    if slot > 0:
        ev[0].pop(slot, None)
    if units == 0:
        return -1
    ev[1] += 1
    ev[0][ev[1]] = (pool, t, units)
    return ev[1]
def atp_at(ev, pool, available, t):
    es = [(a, b) for p, a, b in ev[0].values() if p == pool]
    times = sorted({t} | {a for a, _ in es if a >= t})
    return max(0, min(available + sum(b for a, b in es if a <= u) for u in times))
