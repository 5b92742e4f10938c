"""Runs one command and prints its wall time and peak memory (what /usr/bin/time -v reads) as JSON on the last line of stderr.

A child process of its own, so that nobody else's memory is counted. usage: measure.py [--stdout FILE] -- COMMAND ARG...
"""
import json
import resource
import subprocess
import sys
import time


def main():
    arguments = sys.argv[1:]
    split = arguments.index("--")
    options, command = arguments[:split], arguments[split + 1:]
    target = open(options[1], "wb") if options[:1] == ["--stdout"] else subprocess.DEVNULL
    began = time.perf_counter()
    status = subprocess.call(command, stdout=target)
    seconds = time.perf_counter() - began
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {"status": status, "seconds": seconds, "maxRssMb": usage.ru_maxrss / 1024, "cpuSeconds": usage.ru_utime + usage.ru_stime}
    print(json.dumps(figures), file=sys.stderr)


main()
