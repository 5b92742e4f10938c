"""The opponent of the kineto reader: json.load, then the same columns (standard library only).

Prints one JSON object with count and summed duration of kernels, and its own time and peak memory.
"""
import gzip
import json
import resource
import sys
import time


def main():
    path = sys.argv[1]
    began = time.perf_counter()
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", errors="replace") as file:
        events = json.load(file, strict=False)["traceEvents"]
    starts, durations, streams, correlations = [], [], [], []
    for event in events:
        if event.get("ph") == "X" and event.get("cat", "").lower() == "kernel":
            arguments = event["args"]
            starts.append(round(event["ts"] * 1000))
            durations.append(round(event["dur"] * 1000))
            streams.append(arguments.get("stream"))
            correlations.append(arguments.get("correlation"))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "maxRssMb": peak, "kernels": len(durations), "kernelNs": sum(durations)}))


main()
