"""Runs one command and prints its wall time and peak memory (what /usr/bin/time -v reads) as JSON on the last line of stderr,
with the cores that everything else on the machine kept busy meanwhile.

A child process of its own, so that nobody else's memory is counted. usage: measure.py [--stdout FILE] -- COMMAND ARG...
"""
import json
import os
import resource
import subprocess
import sys
import time


def busy_seconds():
    """CPU seconds that all cores were busy with anything since the system started; None where it does not say (no Linux)."""
    try:
        with open("/proc/stat") as stat:
            user, nice, system, _idle, _iowait, irq, softirq, steal = (int(field) for field in stat.readline().split()[1:9])
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def own_seconds():
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def main():
    arguments = sys.argv[1:]
    split = arguments.index("--")
    options, command = arguments[:split], arguments[split + 1:]
    target = open(options[1], "wb") if options[:1] == ["--stdout"] else subprocess.DEVNULL
    busy, own = busy_seconds(), own_seconds()
    began = time.perf_counter()
    status = subprocess.call(command, stdout=target)
    seconds = time.perf_counter() - began
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {"status": status, "seconds": seconds, "maxRssMb": usage.ru_maxrss / 1024, "cpuSeconds": usage.ru_utime + usage.ru_stime}
    busy_after = busy_seconds()
    if busy is not None and busy_after is not None:
        figures["othersCores"] = max(0, (busy_after - busy - own_seconds() + own) / seconds)
    print(json.dumps(figures), file=sys.stderr)


main()
