"""The fixed opponent of the SQLite scanner: sqlite3 with fetchmany(65536), six columns of every kernel, nothing else.

Prints one JSON object: rows, seconds of reading alone, peak resident memory and a checksum that the bench compares.
"""
import json
import resource
import sqlite3
import sys
import time

connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
began = time.perf_counter()
cursor = connection.execute("SELECT start, end, deviceId, streamId, correlationId, demangledName FROM CUPTI_ACTIVITY_KIND_KERNEL")
rows = 0
while batch := cursor.fetchmany(65536):
    rows += len(batch)
seconds = time.perf_counter() - began
# Not timed: what the other side must have read too.
checksum = connection.execute("SELECT sum(start + end + deviceId + streamId + correlationId + demangledName) % 1000000007 FROM CUPTI_ACTIVITY_KIND_KERNEL")
print(
    json.dumps(
        {
            "rows": rows,
            "seconds": seconds,
            "maxRssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "checksum": checksum.fetchone()[0],
        }
    )
)
