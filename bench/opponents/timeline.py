"""The opponent of `sextant timeline`: what a plain Python tool does (standard library only).

Reads KERNEL, MEMCPY, MEMSET and GRAPH_TRACE with fetchmany(65536), then per device: counts, sums, busy union,
log2 idle-gap histogram, five largest gaps; per kernel name: count, total, min, median, max.
With --host it also reads RUNTIME, joins each activity to its launch and attributes every idle gap to
"host late" or "queued" by the launch of the activity that ended it.
Prints one JSON object with the figures (the bench checks them against ours) and its own timings.
"""
import json
import resource
import sqlite3
import sys
import time
from collections import defaultdict

BATCH = 65536


def rows(connection, query):
    cursor = connection.execute(query)
    while True:
        batch = cursor.fetchmany(BATCH)
        if not batch:
            return
        yield from batch


def columns(connection, table):
    return {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}


def main():
    path, with_host = sys.argv[1], "--host" in sys.argv
    began = time.perf_counter()
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    strings = dict(connection.execute("SELECT id, value FROM StringIds"))
    intervals = defaultdict(list)
    kernels = defaultdict(lambda: [0, 0])
    durations = defaultdict(list)
    kernel_rows = 0
    read_began = time.perf_counter()
    correlation = ", correlationId" if with_host else ""
    for row in rows(connection, f"SELECT start, end, deviceId, streamId, demangledName{correlation} FROM CUPTI_ACTIVITY_KIND_KERNEL"):
        start, end, device, _stream, name = row[:5]
        intervals[device].append((start, end, row[5]) if with_host else (start, end))
        total = kernels[device]
        total[0] += 1
        total[1] += end - start
        durations[name].append(end - start)
        kernel_rows += 1
    read_seconds = time.perf_counter() - read_began
    for table in ("MEMCPY", "MEMSET", "GRAPH_TRACE"):
        if not columns(connection, f"CUPTI_ACTIVITY_KIND_{table}"):
            continue
        for row in rows(connection, f"SELECT start, end, deviceId{correlation} FROM CUPTI_ACTIVITY_KIND_{table}"):
            intervals[row[2]].append((row[0], row[1], row[3]) if with_host else (row[0], row[1]))
    launches = {}
    if with_host and columns(connection, "CUPTI_ACTIVITY_KIND_RUNTIME"):
        for start, end, correlation_id in rows(connection, "SELECT start, end, correlationId FROM CUPTI_ACTIVITY_KIND_RUNTIME"):
            launches[correlation_id] = (start, end)
    devices = {}
    for device, list_of_intervals in sorted(intervals.items()):
        list_of_intervals.sort()
        busy, gaps, histogram, host_late, queued = 0, [], defaultdict(int), 0, 0
        first = list_of_intervals[0][0]
        last_end = first
        for interval in list_of_intervals:
            start, end = interval[0], interval[1]
            if start > last_end:
                gap = start - last_end
                histogram[gap.bit_length()] += 1
                gaps.append((gap, last_end, start))
                if with_host:
                    launch = launches.get(interval[2])
                    if launch is not None and launch[0] >= last_end:
                        host_late += gap
                    elif launch is not None:
                        queued += gap
                busy += end - start
                last_end = end
            elif end > last_end:
                busy += end - last_end
                last_end = end
        gaps.sort(reverse=True)
        devices[str(device)] = {
            "kernels": {"count": kernels[device][0], "sumNs": kernels[device][1]},
            "busyNs": busy,
            "firstStartNs": first,
            "lastEndNs": last_end,
            "largestGapsNs": [gap[0] for gap in gaps[:5]],
            "gapHistogram": dict(sorted(histogram.items())),
            "hostLateNs": host_late,
            "queuedNs": queued,
        }
    names = []
    for name, values in durations.items():
        values.sort()
        middle = len(values) // 2
        median = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
        names.append((strings.get(name, str(name)), len(values), sum(values), values[0], median, values[-1]))
    names.sort(key=lambda row: -row[2])
    seconds = time.perf_counter() - began
    print(json.dumps({
        "devices": devices,
        "topKernels": names[:5],
        "kernelRows": kernel_rows,
        "readRowsPerS": kernel_rows / read_seconds if read_seconds > 0 else None,
        "seconds": seconds,
        "maxRssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))


main()
