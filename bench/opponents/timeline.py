"""The opponent of `sextant timeline`: the same questions in plain Python (standard library only), answered the same.

Reads KERNEL, MEMCPY, MEMSET and GRAPH_TRACE with fetchmany(65536), sorts by start, then one sweep per device: counts, sums, busy union,
time by what was running (compute, communication, copies, their mixtures), gap histogram in steps of 1, 2 and 5, the twenty largest gaps
with the kernels on both sides. With --host also every RUNTIME row: each activity joined to its launch, every gap held against the launch
of the activity that ended it, and calls by name (count, total, minimum, median, maximum).
Prints one JSON object: the figures, which the bench checks against ours, and its own timings.
"""
import heapq
import json
import re
import resource
import sqlite3
import sys
import time
from bisect import bisect_right
from collections import defaultdict

BATCH = 65536
EDGES = [0] + [step * 10**decade for decade in range(16) for step in (1, 2, 5)]
COMMUNICATION = re.compile(r"nccl|allreduce|all_reduce|allgather|all_gather|reducescatter|reduce_scatter", re.IGNORECASE)
COMPUTE_CLASS, COMMUNICATION_CLASS, COPY_CLASS, MEMSET_CLASS, GRAPH_CLASS = 1, 2, 4, 8, 16
NEVER = float("-inf")


def batches(connection, query):
    cursor = connection.execute(query)
    while batch := cursor.fetchmany(BATCH):
        yield batch


def columns(connection, table):
    return {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}


def advance(live, until, now, to, by_mask):
    """Spreads [now, to) over the classes that are active in it; returns the classes still active and where activity ended."""
    while live and now < to:
        upto, active = to, 0
        for bit, end in until.items():
            if live & bit and end > now:
                active |= bit
                if end < upto:
                    upto = end
        live = active
        if not active:
            break
        by_mask[active] += upto - now
        now = upto
    return live, now


def sweep(activities, launches):
    """`activities`: (start, end, class, name, correlation) by start."""
    by_mask = defaultdict(int)
    until = {bit: NEVER for bit in (COMPUTE_CLASS, COMMUNICATION_CLASS, COPY_CLASS, MEMSET_CLASS, GRAPH_CLASS)}
    histogram, totals = [0] * len(EDGES), [0] * len(EDGES)
    gaps, host_late, queued = [], 0, 0
    live, now = 0, activities[0][0]
    latest, latest_name = now, None
    for start, end, kind, name, correlation in activities:
        if start > now:
            if live & (live - 1) == 0:
                if live:
                    ended = until[live]
                    upto = ended if ended < start else start
                    if upto > now:
                        by_mask[live] += upto - now
                        now = upto
                    if ended <= start:
                        live = 0
            else:
                live, now = advance(live, until, now, start, by_mask)
            if now < start:
                gap = start - now
                slot = bisect_right(EDGES, gap) - 1
                histogram[slot] += 1
                totals[slot] += gap
                if len(gaps) < 20:
                    heapq.heappush(gaps, (gap, -now, latest_name, name))
                elif gap > gaps[0][0]:
                    heapq.heapreplace(gaps, (gap, -now, latest_name, name))
                launch = launches.get(correlation) if launches else None
                if launch is not None:
                    if launch >= now:
                        host_late += gap
                    else:
                        queued += gap
            now = start
        if end > until[kind]:
            until[kind] = end
            live |= kind
        if end >= latest:
            latest, latest_name = end, name
    live, now = advance(live, until, now, latest, by_mask)
    return by_mask, histogram, totals, sorted(gaps, reverse=True), host_late, queued, latest


def read_activities(connection, strings, with_host):
    activities, sums = defaultdict(list), defaultdict(lambda: [0, 0])
    correlation = "correlationId" if with_host else "NULL"
    classes = {key: COMMUNICATION_CLASS if COMMUNICATION.search(value) else COMPUTE_CLASS for key, value in strings.items()}
    rows = 0
    began = time.perf_counter()
    for batch in batches(connection, f"SELECT start, end, deviceId, demangledName, {correlation} FROM CUPTI_ACTIVITY_KIND_KERNEL"):
        for start, end, device, name, launch in batch:
            activities[device].append((start, end, classes[name], name, launch))
            total = sums[device]
            total[0] += 1
            total[1] += end - start
        rows += len(batch)
    seconds = time.perf_counter() - began
    for table, kind in (("MEMCPY", COPY_CLASS), ("MEMSET", MEMSET_CLASS), ("GRAPH_TRACE", GRAPH_CLASS)):
        if not columns(connection, f"CUPTI_ACTIVITY_KIND_{table}"):
            continue
        for batch in batches(connection, f"SELECT start, end, deviceId, {correlation} FROM CUPTI_ACTIVITY_KIND_{table}"):
            for start, end, device, launch in batch:
                activities[device].append((start, end, kind, table, launch))
    return activities, sums, rows, seconds


def read_calls(connection, strings):
    launches, durations = {}, defaultdict(list)
    for batch in batches(connection, "SELECT start, end, correlationId, nameId FROM CUPTI_ACTIVITY_KIND_RUNTIME"):
        for start, end, correlation, name in batch:
            launches[correlation] = start
            durations[name].append(end - start)
    calls = {}
    for name, values in durations.items():
        values.sort()
        middle = len(values) // 2
        median = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
        calls[re.sub(r"_v\d+$", "", strings[name])] = [len(values), sum(values), values[0], median, values[-1]]
    return launches, calls


def main():
    path, with_host = sys.argv[1], "--host" in sys.argv
    began = time.perf_counter()
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    strings = dict(connection.execute("SELECT id, value FROM StringIds"))
    activities, sums, kernel_rows, read_seconds = read_activities(connection, strings, with_host)
    launches, calls = read_calls(connection, strings) if with_host and columns(connection, "CUPTI_ACTIVITY_KIND_RUNTIME") else ({}, {})
    devices = {}
    for device, rows in sorted(activities.items()):
        rows.sort()
        by_mask, histogram, totals, gaps, host_late, queued, last_end = sweep(rows, launches)
        devices[device] = {
            "kernels": {"count": sums[device][0], "sumNs": sums[device][1]},
            "busyNs": sum(by_mask.values()),
            "byClassNs": dict(sorted(by_mask.items())),
            "firstStartNs": rows[0][0],
            "lastEndNs": last_end,
            "histogram": [[EDGES[slot], count, totals[slot]] for slot, count in enumerate(histogram) if count],
            "largestGaps": [[gap, -start, strings.get(before, before), strings.get(after, after)] for gap, start, before, after in gaps],
            "hostLateNs": host_late,
            "queuedNs": queued,
        }
    figures = {
        "devices": devices,
        "calls": calls,
        "kernelRows": kernel_rows,
        "readRowsPerS": kernel_rows / read_seconds,
        "seconds": time.perf_counter() - began,
        "maxRssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


main()
