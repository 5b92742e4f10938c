"""Holistic Trace Analysis: temporal breakdown and idle time of one trace. Run by bench/items/peers.ts in the peer's environment."""
import json
import os
import sys
import time

from hta.trace_analysis import TraceAnalysis


def main():
    path = os.path.abspath(sys.argv[1])
    began = time.perf_counter()
    analysis = TraceAnalysis(trace_files={0: path}, trace_dir=os.path.dirname(path))
    breakdown = analysis.get_temporal_breakdown(visualize=False)
    analysis.get_idle_time_breakdown(ranks=[0], visualize=False)
    seconds = time.perf_counter() - began
    print()
    print(json.dumps({"seconds": seconds, "kernelTimeUs": float(breakdown["kernel_time(us)"][0])}))


main()
